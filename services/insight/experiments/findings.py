"""What an analysis found: the nouns of an experiment's report, and its JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from services.insight.experiments.buckets import Bucket
from services.insight.experiments.estimates import Effect
from services.insight.experiments.guardrails import Guardrail
from services.insight.experiments.mismatch import Mismatch
from services.insight.experiments.verdict import Verdict


@dataclass(frozen=True, slots=True)
class VariantReport:
    """What a variant had: `units` are clients, or decided queries of an interleaving."""

    variant: str
    units: int
    hits: int
    rate: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A treatment beside control: the goal's effect, its p by Holm over treatments, the verdict.

    `click_rate` compares searches with a click of all searches (a secondary figure).
    """

    variant: str
    effect: Effect
    p_adjusted: float
    significant: bool
    verdict: Verdict
    sentence: str
    click_rate: Effect | None = None
    guardrails: tuple[Guardrail, ...] = ()


@dataclass(frozen=True, slots=True)
class ExperimentReport:
    """`progress` is of the planned sample size, may exceed 1, and is None without one.

    `winner` is the best variant that is better than control and does no harm. `preference` is of
    an interleaving: how far the share of queries won is from a half.
    """

    experiment: str
    kind: str
    goal: str
    analysis: str
    alpha: float
    at: datetime
    sample_size: int | None
    progress: float | None
    variants: tuple[VariantReport, ...]
    comparisons: tuple[Comparison, ...]
    mismatch: Mismatch | None
    buckets: tuple[Bucket, ...]
    winner: str | None
    preference: float | None = None


def as_json(report: ExperimentReport) -> dict[str, Any]:
    """The report in JSON's own types: words for enums, ISO 8601 for times."""
    plain: dict[str, Any] = _plain(asdict(report))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
