"""Tests at one look alarm as often as they promise, on either side, and their intervals hold."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from services.insight.experiments.analysis import (
    compare_paired,
    compare_ratios,
    compare_shares,
    holm,
    quantile,
)
from services.insight.experiments.estimates import RatioTotals, Share
from tests.insight.chance import likely, no_more

RUNS = 500


def test_equal_shares_alarm_as_often_as_promised_on_either_side() -> None:
    rng = np.random.default_rng(31)
    hits = rng.binomial(1500, 0.3, (RUNS, 2))
    effects = [compare_shares(Share(int(a), 1500), Share(int(b), 1500)) for a, b in hits]
    for sign in (-1, 1):
        alarms = sum(one.p_value < 0.05 and sign * one.difference > 0 for one in effects)
        assert likely(alarms, runs=RUNS, chance=0.025)


def test_intervals_hold_the_planted_difference_and_lift_as_often_as_promised() -> None:
    rng = np.random.default_rng(32)
    pairs = zip(rng.binomial(900, 0.2, RUNS), rng.binomial(1200, 0.25, RUNS), strict=True)
    effects = [compare_shares(Share(int(a), 900), Share(int(b), 1200), alpha=0.1) for a, b in pairs]
    differences = sum(one.difference_interval.holds(0.05) for one in effects)
    lifts = sum(one.lift_interval is not None and one.lift_interval.holds(0.25) for one in effects)
    assert likely(differences, runs=RUNS, chance=0.9)
    assert likely(lifts, runs=RUNS, chance=0.9)


@given(a=st.integers(0, 40), b=st.integers(0, 40), n=st.integers(40, 60), m=st.integers(40, 60))
def test_swapping_the_sides_swaps_the_effect(a: int, b: int, n: int, m: int) -> None:
    there = compare_shares(Share(a, n), Share(b, m))
    back = compare_shares(Share(b, m), Share(a, n))
    assert there.p_value == pytest.approx(back.p_value)
    assert there.difference == pytest.approx(-back.difference)
    assert there.difference_interval.low == pytest.approx(-back.difference_interval.high)
    assert there.difference_interval.holds(there.difference)
    assert 0 <= there.p_value <= 1
    if there.lift is not None:
        assert there.lift_interval is not None
        assert there.lift_interval.low - 1e-9 <= there.lift <= there.lift_interval.high + 1e-9


@pytest.mark.parametrize("hits", [0, 10])
def test_nobody_or_everybody_on_both_sides_is_no_difference(hits: int) -> None:
    effect = compare_shares(Share(hits, 10), Share(hits, 10))
    assert (effect.difference, effect.p_value) == (0, 1)


def test_of_no_hits_in_control_there_is_no_lift() -> None:
    effect = compare_shares(Share(0, 500), Share(20, 500))
    assert effect.lift is None
    assert effect.lift_interval is None
    assert effect.p_value < 0.001


def _clients(rng: np.random.Generator, clients: int) -> np.ndarray:
    """(searches, clicks) of clients who are not alike, and some of whom search a lot."""
    searches = rng.geometric(0.2, clients)
    clicks = rng.binomial(searches, rng.choice([0.05, 0.2, 0.5], clients))
    return np.stack([searches, clicks], axis=1)


def _totals(pairs: np.ndarray) -> RatioTotals:
    return RatioTotals.over((float(x), float(y)) for x, y in pairs)


def test_rates_per_search_alarm_as_often_as_promised_though_searches_are_alike() -> None:
    rng = np.random.default_rng(33)
    alarms = naive = 0
    for _ in range(RUNS):
        a, b = _clients(rng, 300), _clients(rng, 300)
        effect = compare_ratios(_totals(a), _totals(b))
        assert effect is not None
        alarms += effect.p_value < 0.05
        rates = [one[:, 1].sum() / one[:, 0].sum() for one in (a, b)]
        spread = np.sqrt(
            sum(r * (1 - r) / o[:, 0].sum() for r, o in zip(rates, (a, b), strict=True))
        )
        naive += abs(rates[1] - rates[0]) / spread > 1.96
    assert likely(alarms, runs=RUNS, chance=0.05)
    assert not no_more(naive, runs=RUNS, chance=0.05)


def test_the_delta_method_is_the_variance_of_residuals() -> None:
    pairs = _clients(np.random.default_rng(34), 200).astype(float)
    totals = _totals(pairs)
    residuals = pairs[:, 1] - totals.ratio * pairs[:, 0]
    expected = residuals.var(ddof=1) * len(pairs) / pairs[:, 0].sum() ** 2
    assert totals.variance == pytest.approx(expected)


def test_one_client_on_a_side_tells_nothing_of_rates() -> None:
    assert compare_ratios(RatioTotals.over([(3, 1)]), RatioTotals.over([(3, 1), (2, 1)])) is None


def test_paired_measures_are_compared_as_scipy_does_over_the_queries_of_both() -> None:
    rng = np.random.default_rng(35)
    before = {f"q{n}": float(rng.uniform()) for n in range(40)}
    after = {name: value + float(rng.normal(0.02, 0.1)) for name, value in before.items()}
    effect = compare_paired(before | {"only here": 1.0}, after)
    assert effect is not None
    names = list(before)
    theirs = scipy.stats.ttest_rel([after[n] for n in names], [before[n] for n in names])
    assert effect.p_value == pytest.approx(float(theirs.pvalue))
    interval = theirs.confidence_interval(0.95)
    assert effect.difference_interval.low == pytest.approx(float(interval.low))
    assert effect.difference_interval.high == pytest.approx(float(interval.high))


def test_equal_measures_of_every_query_are_no_difference() -> None:
    effect = compare_paired({"a": 0.5, "b": 0.7}, {"a": 0.5, "b": 0.7})
    assert effect is not None
    assert (effect.difference, effect.p_value) == (0, 1)
    assert compare_paired({"a": 1}, {"a": 1}) is None


def test_the_interval_of_a_percentile_holds_it_as_often_as_promised() -> None:
    rng = np.random.default_rng(36)
    truth = float(scipy.stats.lognorm.ppf(0.95, 0.6))
    held = 0
    for sample in rng.lognormal(0, 0.6, (RUNS, 400)):
        held += quantile(list(sample), at=0.95).interval.holds(truth)
    # Order statistics come in steps: at least as promised, and hardly more.
    assert no_more(RUNS - held, runs=RUNS, chance=0.05)
    assert held < RUNS


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_steps_down_from_the_smallest(p_values: list[float]) -> None:
    m, order = len(p_values), np.argsort(p_values)
    steps = np.maximum.accumulate(np.array(p_values)[order] * np.arange(m, 0, -1))
    expected = np.empty(m)
    expected[order] = np.minimum(steps, 1)
    assert holm(p_values) == pytest.approx(tuple(expected))


def test_holm_says_what_statsmodels_says() -> None:
    p_values = [0.01, 0.04, 0.03, 0.9, 0.005, 0.03]
    assert holm(p_values) == pytest.approx(tuple(multipletests(p_values, method="holm")[1]))
    assert holm([]) == ()


def test_holm_over_equal_variants_alarms_at_all_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(37)
    alarms = sum(min(holm(list(ps))) < 0.05 for ps in rng.uniform(size=(400, 10)))
    assert likely(alarms, runs=400, chance=1 - (1 - 0.005) ** 10)


def test_more_hits_than_clients_are_refused() -> None:
    with pytest.raises(ValueError, match="5 of 3"):
        Share(5, 3)
