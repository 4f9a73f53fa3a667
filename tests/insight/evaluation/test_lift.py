"""What reranking adds is paired by query, and nothing ranks above a faultless reranker."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.insight.evaluation.lift import modalities, oracle, rerank
from services.insight.evaluation.measures import main_values
from services.insight.evaluation.sheet import fill
from tests.insight.evaluation.made import answered, answers, queries, query

ASKED = {name: query(name, {"good": 2, "near": 1}) for name in ("p", "q")}
FIRST = ["x", "y", "near", *(f"n{number}" for number in range(20)), "good"]


def sheet(measured, asked=ASKED, depth=30):
    return fill(asked, measured, control=next(iter(measured)), k=10, depth=depth, seed=1)


def test_without_a_first_stage_there_is_no_lift() -> None:
    assert rerank(sheet({"a": {"q": answered("q", FIRST)}}), "a") is None


def test_the_lift_is_final_less_first() -> None:
    better = ["near", "x", *FIRST[3:], "y"]
    found = rerank(
        sheet(
            {
                "a": {
                    "p": answered("p", FIRST, first_stage=FIRST),
                    "q": answered("q", better, first_stage=FIRST),
                }
            }
        ),
        "a",
    )
    assert found is not None
    assert found.lift.mean == pytest.approx(found.final.mean - found.first.mean)
    assert found.lift.mean > 0
    assert found.reordered == 0.5
    assert [one.depth for one in found.ceilings] == [10, 20, 24]
    assert found.ceilings[-1].quality.mean == pytest.approx(1.0)
    assert found.ceilings[0].quality.mean == pytest.approx(found.ceilings[1].quality.mean)
    assert found.realised == pytest.approx(found.lift.mean / (1 - found.first.mean))


def test_a_perfect_first_stage_leaves_no_room() -> None:
    best = ["good", "near", "x"]
    found = rerank(
        sheet({"a": {name: answered(name, best, first_stage=best) for name in ASKED}}), "a"
    )
    assert found is not None
    assert (found.realised, found.reordered, found.p_value) == (None, 0.0, 1.0)


@settings(max_examples=40, deadline=None)
@given(st.permutations(FIRST), st.integers(1, 24))
def test_no_order_of_the_same_documents_beats_the_oracle(order, depth: int) -> None:
    grades = {"q": {"good": 2, "near": 1}}
    ceiling = main_values(oracle({"q": FIRST}, grades, depth), grades, k=10)
    # A reranker of `depth` documents permutes those and leaves the rest behind them.
    seen = [name for name in order if name in FIRST[:depth]] + FIRST[depth:]
    assert main_values({"q": seen}, grades, k=10)[0] <= ceiling[0] + 1e-12


def test_each_target_is_measured_against_text_by_kind() -> None:
    asked = queries(30)
    measured = {
        "words": answers(asked, noise=2.5),
        "pictures": answers(asked, noise=0.5),
        "every": answers(asked, noise=0.5, seed=3),
        "unknown": answers(asked, noise=1.0),
    }
    found = modalities(
        sheet(measured, asked), {"words": "text", "pictures": "image", "every": None}
    )
    assert {(one.kind, one.target) for one in found} == {
        (kind, target) for kind in ("text", "image", "composed") for target in ("image", "any")
    }
    assert all(one.against == "words" and one.lift.low > 0 for one in found)
    assert all(one.quality.queries == 10 for one in found)


def test_without_text_views_there_is_nothing_to_add_to() -> None:
    asked = queries(6)
    assert modalities(sheet({"a": answers(asked, noise=1)}, asked), {"a": "image"}) == ()
