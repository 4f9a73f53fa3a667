"""A comparison as JSON, as it is stored and served, and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.core.errors import InputError
from services.insight.evaluation.report import VERSION, ComparisonReport


def to_json(report: ComparisonReport) -> dict[str, Any]:
    """The report as what `json.dumps` takes, with the fields named as in the nouns."""
    dumped: dict[str, Any] = _adapter().dump_python(report, mode="json")
    return dumped


def from_json(stored: Mapping[str, Any]) -> ComparisonReport:
    """What `to_json` gave. Raises InputError for anything else, or of another version."""
    if stored.get("version") != VERSION:
        raise InputError.at("report", f"is not a comparison of version {VERSION}: measure again")
    try:
        return _adapter().validate_python(stored)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError.at(f"report.{where}", first["msg"]) from error


@cache
def _adapter() -> TypeAdapter[ComparisonReport]:
    return TypeAdapter(ComparisonReport)
