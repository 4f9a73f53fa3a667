"""Rows of the evaluation ledger as nouns, and back."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row

from services.core.db import configuration_json
from services.core.types.evaluations import (
    Evaluation,
    EvaluationError,
    EvaluationRequest,
    EvaluationState,
)

_PLAIN: Final = (
    "query_set", "index", "depth", "tune_hybrid", "recall", "sizes", "price_per_hour",
)  # fmt: skip


def dump(request: EvaluationRequest) -> dict[str, Any]:
    """What `load` makes an equal request of."""
    configurations = [
        {"name": each.name, "definition": configuration_json.dump(each)}
        for each in request.configurations
    ]
    return {name: getattr(request, name) for name in _PLAIN} | {"configurations": configurations}


def load(raw: dict[str, Any]) -> EvaluationRequest:
    """The request of what `dump` wrote."""
    configurations = tuple(
        configuration_json.load(each["name"], each["definition"]) for each in raw["configurations"]
    )
    return EvaluationRequest(**{**raw, "configurations": configurations})


def evaluation(row: Row[Any]) -> Evaluation:
    """A row without its report."""
    error = None
    if row.error_code is not None:
        error = EvaluationError(row.error_code, row.error_detail)
    return Evaluation(
        id=row.id,
        state=EvaluationState(row.state),
        request=load(row.request),
        done=row.done,
        total=row.total,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        error=error,
    )
