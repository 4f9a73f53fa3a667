"""Rewordings that answer differently and near misses that stand first are counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insight.evaluation.robustness import hard_negatives, paraphrases
from services.insight.evaluation.sheet import fill
from tests.insight.evaluation.made import answered, query


def sheet(asked, found, k=2):
    asked = {one.id: one for one in asked}
    given_ = {name: answered(name, list(documents)) for name, documents in found.items()}
    return fill(asked, {"a": given_}, control="a", k=k, depth=9, seed=1)


def test_the_spread_is_of_the_best_and_worst_wording() -> None:
    made = sheet(
        [
            query("p", {"x": 1}),
            query("q", {"x": 1}, paraphrase_of="p"),
            query("r", {"x": 1}, paraphrase_of="q"),
            query("alone", {"x": 1}),
        ],
        {"p": "xy", "q": "xz", "r": "yz", "alone": "z"},
    )
    found = paraphrases(made, "a")
    assert found is not None
    assert (found.groups, found.queries) == (1, 3)
    assert found.quality.mean == pytest.approx(2 / 3)
    assert (found.spread.mean, found.worst.mean) == (1.0, 0.0)
    # xy and xz, xy and yz, xz and yz have one document of two in common.
    assert found.overlap.mean == pytest.approx(0.5)


def test_without_rewordings_nothing_is_measured() -> None:
    assert paraphrases(sheet([query("p", {"x": 1})], {"p": "x"}), "a") is None


def test_near_misses_are_the_answers_of_the_category_and_lower_grades() -> None:
    made = sheet(
        [
            query("p", {"x": 2, "y": 1}, category="shoes"),
            query("q", {"z": 1}, category="shoes"),
            query("r", {"w": 1}, category="bags"),
        ],
        {"p": "zxy", "q": "zxy", "r": "zw"},
    )
    found = hard_negatives(made, "a")
    assert found is not None
    # p: z before x, x before y; q: z before both; r has no near miss.
    assert (found.queries, found.given) == (2, False)
    assert found.ordered.mean == pytest.approx((0.5 + 1) / 2)
    assert found.fooled.mean == pytest.approx(0.5)


def test_named_negatives_are_used_alone() -> None:
    made = sheet([query("p", {"x": 2, "y": 1}, category="c")], {"p": "nyx"})
    found = hard_negatives(made, "a", {"p": ["n", "x"]})
    assert found is not None
    assert (found.queries, found.given) == (1, True)
    assert (found.ordered.mean, found.fooled.mean) == (0.0, 1.0)
    assert hard_negatives(made, "a", {}) is None


def test_what_is_not_shown_stands_below_what_is() -> None:
    made = sheet([query("p", {"x": 1}), query("q", {"x": 1})], {"p": "x", "q": "m"})
    found = hard_negatives(made, "a", {"p": ["n"], "q": ["n", "m"]})
    assert found is not None
    # p: x above the unseen n. q: x unseen: below m, half a pair with n.
    assert found.ordered.mean == pytest.approx((1 + 0.25) / 2)


@given(st.permutations("abcdef"), st.integers(0, 6))
def test_the_share_in_order_is_that_of_pairs_looked_at_one_by_one(order, shown: int) -> None:
    made = sheet([query("p", {"a": 2, "b": 2})], {"p": order[:shown]})
    found = hard_negatives(made, "a", {"p": ["c", "d", "e"]})
    place = {name: at for at, name in enumerate(order[:shown])}

    def won(best: str, wrong: str) -> float:
        if best not in place and wrong not in place:
            return 0.5
        return float(place.get(best, 99) < place.get(wrong, 99))

    assert found is not None
    pairs = [won(best, wrong) for best in "ab" for wrong in "cde"]
    assert found.ordered.mean == pytest.approx(sum(pairs) / len(pairs))
