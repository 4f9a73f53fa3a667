"""The sample size is the one that statsmodels gives, and it finds the lift as often as planned."""

from __future__ import annotations

import math

import numpy as np
import pytest
import statsmodels.stats.proportion as reference
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import InputError
from services.core.types.experiments import Analysis
from services.insight.experiments.analysis import compare_shares
from services.insight.experiments.counts import InterleavingCounts
from services.insight.experiments.estimates import Share
from services.insight.experiments.interleaving_analysis import compare
from services.insight.experiments.power import (
    clients_needed,
    days_needed,
    lift_found,
    queries_needed,
)
from tests.insight.chance import likely


@pytest.mark.parametrize("baseline", [0.02, 0.3, 0.7])
@pytest.mark.parametrize("lift", [0.05, 0.2, -0.1])
@pytest.mark.parametrize("power", [0.8, 0.95])
def test_two_halves_need_what_statsmodels_says(baseline: float, lift: float, power: float) -> None:
    theirs = reference.samplesize_proportions_2indep_onetail(
        baseline * lift, baseline, power, alpha=0.05
    )
    ours = clients_needed(baseline, min_lift=lift, power=power)
    assert ours.per_variant == pytest.approx(theirs, rel=0.002, abs=2)
    assert ours.total == 2 * ours.per_variant


def test_unequal_shares_have_the_power_that_statsmodels_gives_them() -> None:
    size = clients_needed(0.2, min_lift=0.1, shares=(0.8, 0.2))
    theirs = reference.power_proportions_2indep(
        0.02, 0.2, size.per_variant, ratio=4, return_results=False
    )
    assert size.per_variant == math.ceil(size.total * 0.2)
    assert float(theirs) == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("analysis", Analysis)
def test_several_treatments_get_equal_parts_of_alpha(analysis: Analysis) -> None:
    three = clients_needed(0.2, min_lift=0.1, shares=(1 / 3, 1 / 3, 1 / 3), analysis=analysis)
    alone = clients_needed(0.2, min_lift=0.1, alpha=0.025, analysis=analysis)
    assert three.per_variant == pytest.approx(alone.per_variant, abs=2)


def test_a_planted_lift_is_found_as_often_as_planned() -> None:
    size = clients_needed(0.3, min_lift=0.1)
    rng = np.random.default_rng(11)
    runs, n = 600, size.per_variant
    found = sum(
        compare_shares(Share(int(a), n), Share(int(b), n)).p_value < 0.05
        for a, b in zip(rng.binomial(n, 0.3, runs), rng.binomial(n, 0.33, runs), strict=True)
    )
    assert likely(found, runs=runs, chance=0.8)


def test_the_queries_planned_find_the_better_ranking_as_often_as_planned() -> None:
    size = queries_needed(min_lift=0.25, decided=0.5, power=0.9)
    rng = np.random.default_rng(12)
    runs, won = 300, 1.25 / 2.25
    decided = rng.binomial(size.total, 0.5, runs)
    wins = rng.binomial(decided, won)
    counts = [
        InterleavingCounts(int(w), int(d - w), size.total - int(d), size.total, float(d))
        for w, d in zip(wins, decided, strict=True)
    ]
    found = sum(compare(one).p_value < 0.05 for one in counts)
    # The exact sign test is a little cautious, hence not more than planned and hardly less.
    assert likely(found, runs=runs, chance=0.89)


@given(
    baseline=st.floats(0.01, 0.5),
    lift=st.floats(0.02, 0.9),
    analysis=st.sampled_from(Analysis),
)
def test_smaller_lifts_and_more_treatments_need_more_clients(
    baseline: float, lift: float, analysis: Analysis
) -> None:
    size = clients_needed(baseline, min_lift=lift, analysis=analysis)
    assert clients_needed(baseline, min_lift=lift / 2, analysis=analysis).total > size.total
    three = (0.5, 0.25, 0.25)
    assert clients_needed(baseline, min_lift=lift, shares=three, analysis=analysis).total > (
        size.total
    )


def test_looking_at_any_time_costs_clients_at_the_last_look() -> None:
    fixed = clients_needed(0.3, min_lift=0.05)
    free = clients_needed(0.3, min_lift=0.05, analysis=Analysis.ALWAYS_VALID)
    assert 1.5 < free.total / fixed.total < 2.5


@given(baseline=st.floats(0.05, 0.6), lift=st.floats(0.03, 0.5))
def test_the_lift_found_by_a_sample_size_is_the_one_it_was_made_for(
    baseline: float, lift: float
) -> None:
    size = clients_needed(baseline, min_lift=lift)
    found = lift_found(baseline, per_variant=size.per_variant)
    assert found is not None
    assert found == pytest.approx(lift, rel=0.02)


def test_a_handful_of_clients_finds_no_lift_at_all() -> None:
    assert lift_found(0.5, per_variant=3) is None


def test_days_count_only_the_traffic_that_takes_part() -> None:
    size = clients_needed(0.3, min_lift=0.1)
    assert days_needed(size, per_day=1000, traffic=0.5) == pytest.approx(size.total / 500)


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("baseline", {"baseline": 0.0}),
        ("baseline", {"baseline": 1.0}),
        ("min_lift", {"min_lift": 0.0}),
        ("min_lift", {"min_lift": 3.0}),
        ("min_lift", {"min_lift": -1.0}),
        ("min_lift", {"min_lift": 1e-9}),
        ("alpha", {"alpha": 0.0}),
        ("power", {"power": 1.0}),
        ("shares", {"shares": (1.0,)}),
        ("shares", {"shares": (0.5, 0.6)}),
    ],
)
def test_what_makes_no_sense_is_named(field: str, given: dict[str, float]) -> None:
    with pytest.raises(InputError) as caught:
        clients_needed(**({"baseline": 0.3, "min_lift": 0.05} | given))  # type: ignore[arg-type]
    assert caught.value.fields[0].field == field


@pytest.mark.parametrize(
    ("field", "given"), [("decided", {"decided": 0.0}), ("min_lift", {"min_lift": -1.5})]
)
def test_what_makes_no_sense_of_an_interleaving_is_named(
    field: str, given: dict[str, float]
) -> None:
    with pytest.raises(InputError) as caught:
        queries_needed(**({"min_lift": 0.1} | given))  # type: ignore[arg-type]
    assert caught.value.fields[0].field == field
