"""A guardrail is breached when it surely is, and unclear when it may be chance."""

from __future__ import annotations

import numpy as np
import pytest

from services.insight.experiments.counts import VariantCounts
from services.insight.experiments.guardrails import GuardrailState, latency, quality
from tests.insight.chance import no_more


def _judged(shift: float, *, noise: float = 0.05, seed: int = 1) -> VariantCounts:
    rng = np.random.default_rng(seed)
    values = 0.6 + shift + rng.normal(0, noise, 60)
    return VariantCounts("b", 100, 10, ndcg={f"q{n}": float(v) for n, v in enumerate(values)})


@pytest.mark.parametrize(
    ("shift", "state"),
    [
        (0.1, GuardrailState.OK),
        (-0.1, GuardrailState.BREACHED),
        (-0.012, GuardrailState.UNCLEAR),
    ],
)
def test_quality_of_judged_queries_may_not_fall(shift: float, state: GuardrailState) -> None:
    rail = quality(_judged(0.0), _judged(shift, seed=2))
    assert rail is not None
    assert rail.state is state
    assert rail.interval.holds(rail.change)


def test_no_judged_queries_are_no_guardrail() -> None:
    assert quality(VariantCounts("a", 9, 1), VariantCounts("b", 9, 1)) is None


def _timed(scale: float, *, count: int = 2_000, seed: int = 3) -> VariantCounts:
    sample = scale * np.random.default_rng(seed).lognormal(4, 0.5, count)
    return VariantCounts("b", 100, 10, latencies_ms=tuple(map(float, sample)))


@pytest.mark.parametrize(
    ("scale", "state"),
    [
        (1.0, GuardrailState.OK),
        (1.5, GuardrailState.BREACHED),
        (1.22, GuardrailState.UNCLEAR),
    ],
)
def test_the_slowest_searches_may_not_grow_slower_than_the_limit(
    scale: float, state: GuardrailState
) -> None:
    rail = latency(_timed(1.0), _timed(scale), max_ratio=1.2)
    assert rail is not None
    assert rail.state is state
    assert rail.change == pytest.approx(scale)


def test_equally_fast_variants_breach_no_more_often_than_promised() -> None:
    breached = 0
    for run in range(100):
        rail = latency(
            _timed(1, count=400, seed=2 * run), _timed(1, count=400, seed=2 * run + 1), max_ratio=1
        )
        assert rail is not None
        breached += rail.state is GuardrailState.BREACHED
    assert no_more(breached, runs=100, chance=0.025)


def test_without_a_limit_or_with_few_searches_speed_is_not_judged() -> None:
    assert latency(_timed(1), _timed(9), max_ratio=None) is None
    assert latency(_timed(1, count=199), _timed(9), max_ratio=1.2) is None
