"""The suggested cut is the one with the best F1, whatever the scores are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insight.cutoff import Cutoff, suggest

GRADES = {"q": {"a": 3, "b": 1}, "r": {"c": 2}}


def test_a_clean_gap_is_cut_right_above_the_others() -> None:
    scored = {"q": [("a", 0.9), ("b", 0.61234), ("x", 0.4)], "r": [("c", 0.7), ("y", 0.6)]}
    assert suggest(scored, GRADES) == Cutoff(0.612, 1.0, 1.0)


def test_an_answer_nobody_found_counts_against_the_recall() -> None:
    scored = {"q": [("a", 0.9), ("x", 0.4)], "r": [("c", 0.7), ("y", 0.6)]}
    assert suggest(scored, GRADES) == Cutoff(0.7, 1.0, pytest.approx(2 / 3))


def test_equal_scores_pass_together() -> None:
    scored = {"q": [("a", 0.5), ("x", 0.5), ("b", 0.5)]}
    assert suggest(scored, GRADES) == Cutoff(0.5, pytest.approx(2 / 3), 1.0)


def test_without_answers_nothing_is_suggested() -> None:
    assert suggest({"q": [("x", 0.9)]}, GRADES) is None
    assert suggest({}, GRADES) is None


SCORES = st.dictionaries(st.sampled_from("abcxyz"), st.integers(-9, 9))


@given(SCORES, SCORES)
def test_no_other_cut_has_a_better_f1(first, second) -> None:
    scored = {
        "q": [(name, score / 10) for name, score in first.items()],
        "r": [(name, score / 10) for name, score in second.items()],
    }
    answers = 3
    found = suggest(scored, GRADES)

    def f1(cut: float) -> float:
        kept = [(q, name) for q, each in scored.items() for name, score in each if score >= cut]
        right = sum(name in GRADES[q] for q, name in kept)
        return 2 * right / (len(kept) + answers)

    cuts = {score for each in scored.values() for _, score in each}
    best = max(map(f1, cuts), default=0.0)
    if found is None:
        assert best == 0.0
    else:
        assert f1(found.min_score) == pytest.approx(best)
