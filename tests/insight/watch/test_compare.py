"""A planted drift is found, and none where there is none: as seldom as stated, over many seeds."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.types.populations import Finding, Population, Signal
from services.insight.watch import compare
from tests.insight.watch.populations import population, vectors

BEFORE = 2_000


def found(before: Population, now: Population) -> dict[Signal, Finding]:
    return {each.signal: each for each in compare.compare(before, now)}


def usual(seed: int, number: int) -> Population:
    rng = np.random.default_rng([seed, number])
    return population(
        embedded=vectors(rng, number),
        scores=rng.normal(0.4, 0.1, number),
        searches=number,
        empty=int(rng.binomial(number, 0.03)),
    )


def test_no_drift_is_found_where_there_is_none() -> None:
    looks = [
        each
        for seed in range(40)
        for each in compare.compare(usual(seed, 900), usual(seed + 1000, 250 + 10 * seed))
    ]
    assert len(looks) == 120
    assert not any(each.drifted for each in looks)
    # The chance alone calls as many of them unlikely as it says;
    for signal in Signal:
        chances = np.array([each.chance for each in looks if each.signal is signal])
        assert np.mean(chances < 0.05) < 0.15
        assert np.mean(chances < 0.5) > 0.2


def test_another_catalogs_queries_are_found() -> None:
    rng = np.random.default_rng(5)
    other = population(embedded=vectors(rng, 300, topic=1))
    finding = found(usual(1, BEFORE), other)[Signal.VECTORS]
    assert finding.drifted
    assert (finding.now, finding.before) == (300, BEFORE)
    assert finding.size > 2 * compare.LARGE


def test_another_models_vectors_are_found() -> None:
    rng = np.random.default_rng(6)
    turn, _ = np.linalg.qr(rng.standard_normal((64, 64)))
    other = population(embedded=(vectors(rng, 300) @ turn).astype(np.float32))
    assert found(usual(1, BEFORE), other)[Signal.VECTORS].drifted


def test_half_of_the_queries_of_another_catalog_are_found() -> None:
    rng = np.random.default_rng(7)
    half = np.concatenate([vectors(rng, 300), vectors(rng, 300, topic=1)])
    assert found(usual(1, BEFORE), population(embedded=half))[Signal.VECTORS].drifted


@pytest.mark.parametrize("by", [-0.1, 0.1])
def test_shifted_scores_are_found(by: float) -> None:
    scores = np.random.default_rng(8).normal(0.4 + by, 0.1, 300)
    assert found(usual(1, BEFORE), population(scores=scores))[Signal.SCORES].drifted


def test_half_of_the_searches_without_a_hit_are_found() -> None:
    finding = found(usual(1, BEFORE), population(searches=200, empty=100))[Signal.EMPTY]
    assert finding.drifted
    assert finding.size == pytest.approx(0.47, abs=0.02)


def test_fewer_searches_without_a_hit_are_no_drift() -> None:
    before = population(searches=BEFORE, empty=BEFORE // 2)
    assert not found(before, population(searches=500, empty=0))[Signal.EMPTY].drifted


def test_a_small_change_that_is_no_chance_is_no_drift() -> None:
    rng = np.random.default_rng(9)
    before = population(scores=rng.normal(0.4, 0.1, 50_000))
    now = population(scores=rng.normal(0.41, 0.1, 50_000))
    finding = found(before, now)[Signal.SCORES]
    assert finding.chance < compare.CHANCE
    assert not finding.drifted


def test_too_few_are_not_judged() -> None:
    few = usual(3, compare.FEWEST - 1)
    assert found(usual(1, BEFORE), few) == found(few, usual(1, BEFORE)) == {}


def test_what_is_always_the_same_has_not_moved() -> None:
    same = population(
        embedded=np.repeat(vectors(np.random.default_rng(0), 1), 300, axis=0),
        scores=[0.5] * 300,
        searches=300,
        empty=300,
    )
    assert {(each.size, each.chance) for each in found(same, same).values()} == {(0.0, 1.0)}


def test_the_order_of_the_two_does_not_matter() -> None:
    one, other = usual(1, 400), population(scores=np.random.default_rng(2).normal(0.5, 0.1, 900))
    forth = found(one, other)[Signal.SCORES]
    back = found(other, one)[Signal.SCORES]
    assert (forth.size, forth.chance) == pytest.approx((back.size, back.chance))
