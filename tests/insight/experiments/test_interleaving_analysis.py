"""Interleaved queries tell who is preferred, and no more surely than their clients allow."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from services.core.types.experiments import Analysis
from services.insight.experiments.counts import InterleavingCounts
from services.insight.experiments.interleaving_analysis import compare, preference
from tests.insight.chance import likely, no_more

CREDITS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3), st.integers(0, 3)))


@given(CREDITS)
def test_every_query_is_won_lost_or_tied(credits: list[tuple[str, int, int]]) -> None:
    counts = InterleavingCounts.over(credits)
    assert counts.queries == len(credits)
    assert counts.wins == sum(treatment > control for _, control, treatment in credits)
    assert counts.clients == len({client for client, _, _ in credits})


@given(CREDITS)
def test_swapping_the_rankings_swaps_the_effect(credits: list[tuple[str, int, int]]) -> None:
    there = compare(InterleavingCounts.over(credits))
    back = compare(InterleavingCounts.over([(c, b, a) for c, a, b in credits]))
    assert there.p_value == pytest.approx(back.p_value)
    assert there.difference == pytest.approx(-back.difference)
    assert there.difference_interval.low == pytest.approx(-back.difference_interval.high)


def test_one_decided_query_a_client_is_the_exact_sign_test() -> None:
    counts = InterleavingCounts(wins=60, losses=40, ties=30, clients=130, squares=100)
    effect = compare(counts)
    assert effect.p_value == pytest.approx(scipy.stats.binomtest(60, 100).pvalue)
    assert effect.lift == pytest.approx(0.5)
    assert effect.difference == pytest.approx(0.2)
    assert preference(counts) == pytest.approx(20 / 260)


def test_equal_rankings_alarm_as_often_as_promised_though_a_client_is_of_one_mind() -> None:
    rng = np.random.default_rng(51)
    alarms = naive = 0
    for _ in range(400):
        # Each client prefers one side by chance, and asks six times.
        chances = rng.choice([0.2, 0.8], 150)
        wins = rng.binomial(6, chances)
        sums = 2 * wins - 6
        counts = InterleavingCounts(
            int(wins.sum()), 900 - int(wins.sum()), 0, 150, float(sums @ sums)
        )
        alarms += compare(counts).p_value < 0.05
        naive += abs(2 * wins.sum() - 900) / 30 > 1.96
    assert likely(alarms, runs=400, chance=0.05)
    assert not no_more(naive, runs=400, chance=0.05)


def test_intervals_hold_the_planted_preference_as_often_as_promised() -> None:
    rng = np.random.default_rng(52)
    wins = rng.binomial(400, 0.58, 500)
    held = sum(
        compare(InterleavingCounts(int(w), 400 - int(w), 0, 400, 400.0)).difference_interval.holds(
            0.16
        )
        for w in wins
    )
    assert likely(held, runs=500, chance=0.95)


@pytest.mark.parametrize("analysis", Analysis)
def test_without_a_decided_query_nothing_is_said(analysis: Analysis) -> None:
    effect = compare(InterleavingCounts(0, 0, 9, 3, 0.0), analysis=analysis)
    assert (effect.p_value, effect.lift) == (1, None)
    assert preference(InterleavingCounts(0, 0, 0, 0, 0.0)) == 0


def test_looking_at_any_time_is_more_cautious_than_one_look() -> None:
    counts = InterleavingCounts(wins=600, losses=500, ties=0, clients=1100, squares=1100)
    fixed = compare(counts)
    free = compare(counts, analysis=Analysis.ALWAYS_VALID, min_lift=0.2)
    assert fixed.p_value < free.p_value
    assert free.difference_interval.low < fixed.difference_interval.low
