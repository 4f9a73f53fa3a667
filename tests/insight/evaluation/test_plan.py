"""The steps of an evaluation: every query of everyone, in the same order each time."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from services.core.types.configurations import Configuration
from services.core.types.evaluations import Answered, EvaluationRequest, JudgedQuery
from services.insight.evaluation import answer_json, plan
from services.insight.evaluation.answer_json import Part

CONTROL = Configuration("control", hybrid=0.25)
OTHER = Configuration("other", index="elsewhere")


def request(*configurations: Configuration, **how: bool) -> EvaluationRequest:
    return EvaluationRequest("s", "here", configurations or (CONTROL, OTHER), **how)


def queries(count: int) -> list[JudgedQuery]:
    return [JudgedQuery(f"q{n}", text=f"wish {n}" if n % 2 else None) for n in range(count)]


@given(count=st.integers(0, 60), tune=st.booleans(), configurations=st.integers(1, 4))
def test_everyone_is_asked_everything_once(count: int, tune: bool, configurations: int) -> None:
    some = tuple(Configuration(f"c{n}") for n in range(configurations))
    asked = list(plan.searches(request(*some, tune_hybrid=tune), queries(count)))
    assert len({part.name for part in asked}) == len(asked)
    pairs = Counter(
        (part.configuration.name, part.share, query.id) for part in asked for query in part.queries
    )
    assert set(pairs.values()) <= {1}
    answers = [pair for pair in pairs if pair[1] is None]
    assert len(answers) == count * configurations


def test_shares_are_tried_on_words_alone_with_the_one_in_use_among_them() -> None:
    tried = [
        part
        for part in plan.searches(request(tune_hybrid=True), queries(5))
        if part.share is not None
    ]
    assert {part.share for part in tried} == {*plan.SHARES, 0.25}
    assert {query.id for part in tried for query in part.queries} == {"q1", "q3"}
    assert all(part.configuration.hybrid == part.share for part in tried)


def test_each_index_is_looked_at_once() -> None:
    third = Configuration("third")
    extras = list(plan.extras(request(CONTROL, OTHER, third, recall=True, sizes=True)))
    assert [(extra.what, extra.index) for extra in extras] == [
        ("recall", "here"),
        ("recall", "elsewhere"),
        ("sizes", "here"),
    ]


def test_the_total_counts_searches_and_looks() -> None:
    wanted = request(recall=True)
    assert plan.total(wanted, queries(7)) == 2 * 7 + 2 * plan.CHUNK


def test_answers_come_back_from_json() -> None:
    answered = Answered(
        "q", ("a", "b"), (0.5, None), ("b", "a"), 3.5, {"embed": 1.0}, True, ("text", None)
    )
    part = Part({"q": answered}, {"r": "is not possible"})
    assert answer_json.load(answer_json.dump(part)) == part
