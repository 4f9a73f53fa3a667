"""Every measure is what pytrec_eval makes of the same ranking, and what its formula says."""

from math import log2

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st

from services.insight.evaluation.measures import judge, main_values, names

GRADES = {"q": {"a": 3, "b": 1, "c": 2}}
DOCUMENTS = st.sampled_from([f"d{number}" for number in range(12)])
JUDGED = st.dictionaries(
    st.sampled_from(["q1", "q2", "q3"]),
    st.tuples(
        st.dictionaries(DOCUMENTS, st.integers(1, 4), min_size=1, max_size=6),
        st.lists(DOCUMENTS, unique=True, max_size=12),
    ),
    min_size=1,
)


def column(name: str, *, k: int, depth: int) -> int:
    return names(k=k, depth=depth).index(name)


@settings(max_examples=60, deadline=None)
@given(JUDGED, st.integers(1, 4), st.integers(4, 8))
def test_each_is_that_of_pytrec_eval(judged, k: int, depth: int) -> None:
    grades = {name: found for name, (found, _) in judged.items()}
    rankings = {name: ranked for name, (_, ranked) in judged.items()}
    values = judge(rankings, grades, k=k, depth=depth)
    theirs = {
        f"precision@{k}": f"P_{k}",
        "precision@1": "P_1",
        f"recall@{k}": f"recall_{k}",
        f"recall@{depth}": f"recall_{depth}",
        f"hit@{k}": f"success_{k}",
        f"map@{depth}": f"map_cut_{depth}",
        f"mrr@{depth}": "recip_rank",
        f"ndcg@{k}": f"ndcg_cut_{k}",
    }
    cuts = ",".join(str(cut) for cut in sorted({1, k, depth}))
    asked = {f"{name}.{cuts}" for name in ("P", "recall", "success", "map_cut", "ndcg_cut")}
    plain = pytrec_eval.RelevanceEvaluator(grades, asked | {"recip_rank"})
    gains = {q: {d: 2**grade - 1 for d, grade in some.items()} for q, some in grades.items()}
    graded = pytrec_eval.RelevanceEvaluator(gains, asked)
    run = {
        name: {d: float(-place) for place, d in enumerate(ranked[:depth])}
        for name, ranked in rankings.items()
        if ranked
    }
    found, found_graded = plain.evaluate(run), graded.evaluate(run)
    for row, query_id in enumerate(grades):
        for name, their in theirs.items():
            source = found_graded if name.startswith("ndcg") else found
            expected = source[query_id][their] if query_id in run else 0.0
            ours = values[row, column(name, k=k, depth=depth)]
            assert ours == pytest.approx(expected, abs=1e-6), (name, query_id)


def test_gain_is_two_to_the_grade_less_one() -> None:
    found = main_values({"q": ["x", "a", "c"]}, GRADES, k=10)
    ideal = 7 / log2(2) + 3 / log2(3) + 1 / log2(4)
    assert found[0] == pytest.approx((7 / log2(3) + 3 / log2(4)) / ideal)


def test_what_has_no_answer_gets_nothing() -> None:
    grades = {"r": {"a": 1}, **GRADES, "s": {"b": 2}}
    values = judge({"q": ["a", "c", "b"], "s": []}, grades, k=5, depth=20)
    assert values[1].min() > 0
    assert not values[[0, 2]].any()


def test_what_is_deeper_than_asked_does_not_count() -> None:
    values = judge({"q": ["x"] * 1 + ["y", "z", "a"]}, GRADES, k=2, depth=3)
    assert not values.any()


def test_a_repeated_document_counts_once() -> None:
    once = judge({"q": ["x", "a", "b"]}, GRADES, k=3, depth=5)
    twice = judge({"q": ["x", "a", "a", "x", "b"]}, GRADES, k=3, depth=5)
    assert np.array_equal(once, twice)


def test_a_page_as_deep_as_the_answer_is_measured_once() -> None:
    assert len(names(k=10, depth=10)) == len(names(k=10, depth=50)) - 1
    assert names(k=10, depth=50)[0] == "ndcg@10"
