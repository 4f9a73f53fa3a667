"""Reciprocal rank fusion: what holds for any rankings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.fuse import reciprocal_rank

IDS = st.lists(st.sampled_from("abcdefghij"), max_size=12)
LEGS = st.lists(st.tuples(IDS, st.floats(0, 10)), max_size=4)


@given(LEGS, st.randoms(use_true_random=False))
def test_the_order_of_the_legs_does_not_matter(legs, random) -> None:
    shuffled = list(legs)
    random.shuffle(shuffled)
    assert fused(shuffled) == fused(legs)


@given(LEGS)
def test_every_id_of_a_weighted_leg_comes_exactly_once_best_first_ties_by_id(legs) -> None:
    result = fused(legs)
    assert {id for id, _ in result} == {id for ids, weight in legs if weight > 0 for id in ids}
    assert len({id for id, _ in result}) == len(result)
    assert result == sorted(result, key=lambda scored: (-scored[1], scored[0]))


@given(LEGS, IDS)
def test_a_leg_of_weight_zero_changes_nothing(legs, ids) -> None:
    assert fused([*legs, (ids, 0.0)]) == fused(legs)


@given(IDS)
def test_one_leg_keeps_its_order(ids) -> None:
    once = list(dict.fromkeys(ids))
    assert [id for id, _ in fused([(ids, 1.0)])] == once


@given(st.lists(st.sampled_from("abcdefghij"), min_size=1, unique=True), st.floats(0.1, 10))
def test_the_best_of_all_legs_stays_the_best(ids, weight) -> None:
    reversed_tail = [ids[0], *reversed(ids[1:])]
    assert fused([(ids, 1.0), (reversed_tail, weight)])[0][0] == ids[0]


def test_scores_are_sums_of_weight_over_k_plus_rank() -> None:
    result = reciprocal_rank([["a", "b"], ["b"]], weights=[1.0, 0.5], k=60)
    assert result == [("b", pytest.approx(1 / 62 + 0.5 / 61)), ("a", pytest.approx(1 / 61))]


@pytest.mark.parametrize("weights", [[], [1.0, 1.0], [-1.0]])
def test_weights_that_do_not_fit_are_a_mistake_of_the_programmer(weights) -> None:
    with pytest.raises(ValueError, match="weights"):
        reciprocal_rank([["a"]], weights=weights)


def fused(legs) -> list[tuple[str, float]]:
    return reciprocal_rank([ids for ids, _ in legs], weights=[weight for _, weight in legs])
