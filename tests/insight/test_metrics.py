"""The measures are what their definitions say, written out by hand."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.insight.metrics import measure

NAMES = [f"d{number}" for number in range(14)]
GRADES = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 3), min_size=1)
CASES = st.dictionaries(
    st.sampled_from(["q1", "q2", "q3"]),
    st.tuples(GRADES, st.permutations(NAMES), st.integers(0, len(NAMES))),
    min_size=1,
)


def recall(ranking: list[str], grades: dict[str, int], k: int) -> float:
    best = {name for name, grade in grades.items() if grade == max(grades.values())}
    return len(best & set(ranking[:k])) / min(k, len(best))


def ndcg(ranking: list[str], grades: dict[str, int]) -> float:
    def gain(order: list[int]) -> float:
        return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(order[:10]))

    ideal = sorted(grades.values(), reverse=True)
    return gain([grades.get(name, 0) for name in ranking]) / gain(ideal)


@given(cases=CASES)
@settings(max_examples=60, deadline=None)
def test_recall_and_ndcg_are_those_of_the_definition(cases) -> None:
    grades = {query: case[0] for query, case in cases.items()}
    rankings = {query: list(case[1])[: case[2]] for query, case in cases.items()}
    found = measure(rankings, grades)

    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    assert found.queries == len(cases)
    for k, value in ((1, found.recall_at_1), (10, found.recall_at_10)):
        assert value == pytest.approx(mean([recall(rankings[q], grades[q], k) for q in cases]))
    assert found.ndcg_at_10 == pytest.approx(mean([ndcg(rankings[q], grades[q]) for q in cases]))


def test_only_queries_that_were_asked_and_graded_count() -> None:
    grades = {"asked": {"a": 2}, "not asked": {"a": 1}}
    found = measure({"asked": ["a"], "not graded": ["a"]}, grades)
    assert (found.queries, found.recall_at_1, found.ndcg_at_10) == (1, 1.0, 1.0)
    with pytest.raises(ValueError, match="answers"):
        measure({"not graded": ["a"]}, grades)
