"""What no variant may worsen, whatever it wins: the quality of judged queries, and speed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.insight.experiments.analysis import compare_paired, quantile
from services.insight.experiments.counts import VariantCounts
from services.insight.experiments.estimates import Interval

LEAST_LATENCIES: Final = 200
"""Searches on each side below which a 95th percentile says nothing."""


class GuardrailState(StrEnum):
    """OK: not worse by the figures seen. UNCLEAR: worse, but it may be chance. BREACHED: it is."""

    OK = "ok"
    UNCLEAR = "unclear"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A figure of control and treatment, `change` (difference or ratio) and the limit of that."""

    name: str
    variant: str
    control: float
    treatment: float
    change: float
    interval: Interval
    limit: float
    state: GuardrailState
    method: str


def quality(
    control: VariantCounts, treatment: VariantCounts, *, alpha: float = 0.05
) -> Guardrail | None:
    """Whether nDCG@10 of judged queries fell; `change` is the difference. None without any.

    Raises SettingsError without scipy.
    """
    effect = compare_paired(control.ndcg, treatment.ndcg, alpha=alpha)
    if effect is None:
        return None
    return Guardrail(
        name="ndcg_at_10",
        variant=treatment.variant,
        control=effect.control,
        treatment=effect.treatment,
        change=effect.difference,
        interval=effect.difference_interval,
        limit=0.0,
        state=_state(worse=effect.difference < 0, surely=effect.difference_interval.high < 0),
        method=effect.method,
    )


def latency(
    control: VariantCounts,
    treatment: VariantCounts,
    *,
    max_ratio: float | None,
    alpha: float = 0.05,
) -> Guardrail | None:
    """Whether the 95th percentile of latency grew by more than `max_ratio`, which is `change`.

    The interval takes both percentiles' at once (each at 1 - alpha/2), so it is cautious. None
    without a limit or with too few searches. Raises SettingsError without scipy.
    """
    sizes = len(control.latencies_ms), len(treatment.latencies_ms)
    if max_ratio is None or min(sizes) < LEAST_LATENCIES:
        return None
    before = quantile(control.latencies_ms, alpha=alpha / 2)
    after = quantile(treatment.latencies_ms, alpha=alpha / 2)
    if before.interval.low <= 0:
        return None
    interval = Interval(
        after.interval.low / before.interval.high, after.interval.high / before.interval.low
    )
    ratio = after.value / before.value
    return Guardrail(
        name="latency_p95_ms",
        variant=treatment.variant,
        control=before.value,
        treatment=after.value,
        change=ratio,
        interval=interval,
        limit=max_ratio,
        state=_state(worse=ratio > max_ratio, surely=interval.low > max_ratio),
        method="95th percentiles, order statistics",
    )


def _state(*, worse: bool, surely: bool) -> GuardrailState:
    if surely:
        return GuardrailState.BREACHED
    return GuardrailState.UNCLEAR if worse else GuardrailState.OK
