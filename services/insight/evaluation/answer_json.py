"""Answers as JSON and back, for the parts of an evaluation that are measured already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from sys import intern
from typing import Any, Final

from services.core.types.evaluations import Answered

_LISTS: Final = ("documents", "scores", "first_stage", "matched")


@dataclass(frozen=True, slots=True)
class Part:
    """What some queries were answered, and why others were not: a sentence by query id."""

    answers: Mapping[str, Answered] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def dump(part: Part) -> dict[str, Any]:
    """What `load` makes an equal part of."""
    answers = [asdict(each) for each in part.answers.values()]
    return {"answers": answers, "refused": dict(part.refused)}


def load(raw: Mapping[str, Any]) -> Part:
    """The part of what `dump` wrote."""
    answers = (_answered(each) for each in raw["answers"])
    return Part({each.query_id: each for each in answers}, raw["refused"])


def _answered(raw: Mapping[str, Any]) -> Answered:
    return Answered(**{**raw, **{name: tuple(map(_shared, raw[name])) for name in _LISTS}})


def _shared(value: Any) -> Any:
    """The same documents come in answer after answer: held once, millions of them fit."""
    return intern(value) if isinstance(value, str) else value
