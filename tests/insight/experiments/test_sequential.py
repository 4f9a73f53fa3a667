"""Always-valid figures are wrong no more often than promised, however often one looks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insight.experiments import sequential
from services.insight.experiments.analysis import compare_shares
from services.insight.experiments.estimates import RatioTotals, Share, two_sided
from tests.insight.chance import no_more

RUNS = 600
LOOKS = 50


def _looks(rng: np.random.Generator, rates: tuple[float, float], *, step: int) -> list[list[Share]]:
    """Of each run both sides' shares at every look, `step` clients apart."""
    hits = np.cumsum(rng.binomial(step, np.array(rates)[:, None], (2, LOOKS)), axis=1)
    return [[Share(int(h), step * (n + 1)) for n, h in enumerate(side)] for side in hits]


@pytest.mark.parametrize(("rate", "lift"), [(0.05, 0.1), (0.3, 0.05), (0.3, 0.5), (0.9, 0.02)])
def test_peeking_at_equal_variants_alarms_no_more_often_than_promised(
    rate: float, lift: float
) -> None:
    rng = np.random.default_rng(21)
    alarms = 0
    for _ in range(RUNS):
        control, treatment = _looks(rng, (rate, rate), step=100)
        alarms += any(
            sequential.compare_shares(a, b, min_lift=lift, alpha=0.05).p_value < 0.05
            for a, b in zip(control, treatment, strict=True)
        )
    assert no_more(alarms, runs=RUNS, chance=0.05)


def test_peeking_at_a_fixed_test_alarms_several_times_as_often() -> None:
    rng = np.random.default_rng(21)
    runs, alarms = 40, 0
    for _ in range(runs):
        control, treatment = _looks(rng, (0.3, 0.3), step=100)
        alarms += any(
            compare_shares(a, b).p_value < 0.05
            for a, b in list(zip(control, treatment, strict=True))[::3]
        )
    assert alarms > runs * 0.15


def test_the_interval_holds_the_planted_lift_at_every_look_at_once() -> None:
    rng = np.random.default_rng(22)
    missed = 0
    for _ in range(RUNS):
        control, treatment = _looks(rng, (0.3, 0.36), step=100)
        effects = [
            sequential.compare_shares(a, b, min_lift=0.1, alpha=0.05)
            for a, b in zip(control, treatment, strict=True)
        ]
        missed += any(one.lift_interval and not one.lift_interval.holds(0.2) for one in effects)
    assert no_more(missed, runs=RUNS, chance=0.05)


def test_a_lift_that_is_there_is_found_before_the_last_look() -> None:
    rng = np.random.default_rng(23)
    firsts = []
    for _ in range(100):
        control, treatment = _looks(rng, (0.3, 0.36), step=100)
        found = [
            sequential.compare_shares(a, b, min_lift=0.2, alpha=0.05).p_value < 0.05
            for a, b in zip(control, treatment, strict=True)
        ]
        firsts.append(found.index(True) if True in found else LOOKS)
    assert sum(first < LOOKS for first in firsts) > 95
    assert np.median(firsts) < LOOKS / 2


def test_peeking_at_equal_rankings_alarms_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(24)
    alarms = 0
    for _ in range(RUNS):
        wins = np.cumsum(rng.binomial(20, 0.5, LOOKS))
        alarms += any(
            sequential.compare_wins(
                int(w), 20 * (n + 1) - int(w), inflation=1, min_lift=0.2, alpha=0.05
            ).p_value
            < 0.05
            for n, w in enumerate(wins)
        )
    assert no_more(alarms, runs=RUNS, chance=0.05)


@given(
    estimate=st.floats(-1, 1),
    variance=st.floats(1e-6, 1e-2),
    mixture=st.floats(0.01, 1),
    alpha=st.floats(0.001, 0.3),
)
def test_p_is_below_alpha_where_the_interval_leaves_zero(
    estimate: float, variance: float, mixture: float, alpha: float
) -> None:
    p = sequential.p_value(estimate, variance=variance, mixture=mixture)
    radius = sequential.radius(variance, mixture=mixture, alpha=alpha)
    if abs(abs(estimate) - radius) > 1e-9:
        assert (p < alpha) == (abs(estimate) > radius)


@given(estimate=st.floats(0, 1), variance=st.floats(1e-6, 1e-2), mixture=st.floats(0.01, 1))
def test_p_is_never_below_that_of_a_single_look(
    estimate: float, variance: float, mixture: float
) -> None:
    p = sequential.p_value(estimate, variance=variance, mixture=mixture)
    assert p >= two_sided(estimate / math.sqrt(variance)) - 1e-12


def test_the_mixture_likelihood_ratio_is_the_integral_it_stands_for() -> None:
    estimate, variance, mixture = 0.07, 0.0004, 0.05
    effects = np.linspace(-0.6, 0.6, 200_001)
    prior = np.exp(-((effects / mixture) ** 2) / 2) / (mixture * math.sqrt(2 * math.pi))
    # The likelihood of each effect over that of none.
    ratios = np.exp((estimate * effects - effects**2 / 2) / variance)
    integral = float(np.trapezoid(prior * ratios, effects))
    p = sequential.p_value(estimate, variance=variance, mixture=mixture)
    assert p == pytest.approx(1 / integral, rel=1e-6)


def test_nothing_is_said_of_a_few_hits() -> None:
    effect = sequential.compare_shares(Share(1, 1000), Share(24, 1000), min_lift=0.1, alpha=0.05)
    assert effect.p_value == 1
    assert effect.lift_interval is None


def test_nothing_is_said_where_everybody_did() -> None:
    effect = sequential.compare_shares(Share(90, 90), Share(80, 80), min_lift=0.1, alpha=0.05)
    assert (effect.p_value, effect.lift) == (1, 0)


def test_queries_of_one_client_that_are_alike_count_for_less() -> None:
    alone = sequential.compare_wins(300, 200, inflation=1, min_lift=0.3, alpha=0.05)
    alike = sequential.compare_wins(300, 200, inflation=3, min_lift=0.3, alpha=0.05)
    assert alone.p_value < 0.05 < alike.p_value
    assert alone.difference == pytest.approx(0.2)
    assert alone.difference_interval.holds(0.2)


def test_rates_per_search_have_an_always_valid_interval_too() -> None:
    before = RatioTotals.over([(2, i % 2) for i in range(400)])
    after = RatioTotals.over([(2, (i % 4) / 2) for i in range(400)])
    effect = sequential.compare_ratios(before, after, min_lift=0.2, alpha=0.05)
    assert effect is not None
    assert effect.p_value < 0.05
    assert effect.lift == pytest.approx(0.5)
    few = RatioTotals.over([(2, 1)] * 10)
    assert sequential.compare_ratios(few, after, min_lift=0.2, alpha=0.05) is None
