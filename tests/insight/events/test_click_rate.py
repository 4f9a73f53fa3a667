"""Corrected click rates recover what was planted, within their intervals."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.stats.proportion as reference
from hypothesis import given
from hypothesis import strategies as st

from services.insight.events.click_rate import Estimator, click_rates, shrunk
from services.insight.events.propensity import Exposure, Propensities, by_hand
from tests.insight.chance import likely

LOOKED_AT = [1.0, 0.6, 0.4, 0.25]


def _log(rng: np.random.Generator, rates: np.ndarray) -> list[Exposure]:
    log = []
    for number, rate in enumerate(rates):
        for rank, chance in enumerate(LOOKED_AT):
            shown = int(rng.poisson(60))
            clicks = int(rng.binomial(shown, chance * rate))
            log.append(Exposure(str(number), rank + 1, shown, clicks))
    return log


@pytest.mark.parametrize("estimator", Estimator)
def test_intervals_hold_the_planted_rates_as_often_as_promised(estimator: Estimator) -> None:
    rng = np.random.default_rng(71)
    truths = rng.uniform(0.1, 0.8, 1500)
    rates = click_rates(_log(rng, truths), by_hand(LOOKED_AT), estimator=estimator)
    held = sum(rate.interval.holds(truths[int(name)]) for name, rate in rates.items())
    assert likely(held, runs=len(rates), chance=0.95)
    bias = np.mean([rate.ctr - truths[int(name)] for name, rate in rates.items()])
    assert abs(bias) < 0.005


def test_plain_click_rates_do_not_hold_them() -> None:
    rng = np.random.default_rng(72)
    truths = rng.uniform(0.1, 0.8, 300)
    rates = click_rates(_log(rng, truths), by_hand([1.0]))
    assert sum(rate.interval.holds(truths[int(name)]) for name, rate in rates.items()) < 100


def test_examined_impressions_give_the_narrower_interval() -> None:
    rng = np.random.default_rng(73)
    log = _log(rng, rng.uniform(0.1, 0.8, 200))
    widths = {
        estimator: sum(
            rate.interval.high - rate.interval.low
            for rate in click_rates(log, by_hand(LOOKED_AT), estimator=estimator).values()
        )
        for estimator in Estimator
    }
    assert widths[Estimator.EXAMINED] < widths[Estimator.INVERSE]


@given(clicks=st.integers(0, 50), more=st.integers(0, 1000))
def test_at_rank_1_the_interval_is_wilson_s(clicks: int, more: int) -> None:
    shown = clicks + more
    rates = click_rates([Exposure("a", 1, shown, clicks)], by_hand([1.0]))
    if shown == 0:
        assert rates == {}
        return
    low, high = reference.proportion_confint(clicks, shown, method="wilson")
    assert rates["a"].ctr == pytest.approx(clicks / shown)
    assert rates["a"].interval.low == pytest.approx(float(low), abs=1e-9)
    assert rates["a"].interval.high == pytest.approx(float(high))


def test_clicks_are_worth_more_where_fewer_look() -> None:
    log = [Exposure("top", 1, 100, 20), Exposure("low", 4, 100, 5)]
    rates = click_rates(log, by_hand(LOOKED_AT))
    assert rates["top"].ctr == pytest.approx(rates["low"].ctr) == 0.2
    assert rates["low"].examined == 25
    assert rates["low"].shown == 100


def test_what_is_not_known_of_propensities_widens_the_interval() -> None:
    log = [Exposure("a", 2, 1000, 90)]
    exact = click_rates(log, Propensities((1, 0.5), "estimated"))["a"]
    unsure = click_rates(log, Propensities((1, 0.5), "estimated", ((0.04,),)))["a"]
    assert unsure.ctr == exact.ctr
    assert unsure.interval.low < exact.interval.low
    assert unsure.interval.high > exact.interval.high
    lost = click_rates(log, Propensities((1, 0.5), "estimated", ((9.0,),)))["a"]
    assert lost.interval.high == 1


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(1, 9), st.integers(0, 99), st.integers(0, 99)),
        max_size=12,
    ),
    st.sampled_from(Estimator),
)
def test_rates_and_intervals_stay_shares(
    rows: list[tuple[str, int, int, int]], estimator: Estimator
) -> None:
    log = [Exposure(name, rank, n, min(n, c)) for name, rank, n, c in rows]
    for rate in click_rates(log, by_hand(LOOKED_AT), estimator=estimator).values():
        assert 0 <= rate.interval.low <= rate.ctr + 1e-9
        assert rate.ctr <= rate.interval.high + 1e-9
        assert rate.interval.high <= 1


def test_shrinking_comes_nearer_to_the_truth_than_plain_rates() -> None:
    rng = np.random.default_rng(74)
    truths = rng.beta(2, 18, 400)
    shown = rng.integers(1, 80, 400)
    log = [
        Exposure(str(n), 1, int(shown[n]), int(rng.binomial(shown[n], truths[n])))
        for n in range(400)
    ]
    rates = click_rates(log, by_hand([1.0]))
    drawn = shrunk(rates)
    before = np.mean([(rates[name].ctr - truths[int(name)]) ** 2 for name in rates])
    after = np.mean([(drawn[name] - truths[int(name)]) ** 2 for name in rates])
    assert after < before / 2


def test_shrinking_leaves_what_is_well_known_and_moves_what_is_not() -> None:
    log = [
        Exposure("well known", 1, 100_000, 30_000),
        Exposure("hardly known", 1, 1, 1),
        *(Exposure(str(n), 1, 5_000, 250 + 50 * n) for n in range(8)),
    ]
    drawn = shrunk(click_rates(log, by_hand([1.0])))
    assert drawn["well known"] == pytest.approx(0.3, abs=0.001)
    assert drawn["hardly known"] < 0.4


def test_documents_that_differ_by_chance_only_get_the_mean() -> None:
    log = [Exposure(name, 1, 100, 10) for name in "abc"]
    assert shrunk(click_rates(log, by_hand([1.0]))) == pytest.approx(dict.fromkeys("abc", 0.1))
    assert shrunk({}) == {}
