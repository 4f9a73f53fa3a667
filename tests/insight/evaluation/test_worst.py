"""The worst queries come first with what was shown and missed; cuts come from similarities."""

import pytest

from services.insight.evaluation.sheet import fill
from services.insight.evaluation.suggestions import min_scores
from services.insight.evaluation.worst import worst
from tests.insight.evaluation.made import IMAGE, answered, answers, queries, query


def test_the_worst_come_first_and_of_equal_ones_what_the_control_does_better() -> None:
    asked = {
        "fine": query("fine", {"a": 1}),
        "lost": query("lost", {"a": 1, "b": 3, "c": 2}, category="shoes"),
        "hard": query("hard", {"a": 1}, media=IMAGE),
    }
    control = {"lost": answered("lost", ["b"]), "fine": answered("fine", ["a"])}
    new = {
        "fine": answered("fine", ["a"]),
        "lost": answered("lost", ["x", "y"], scores=[0.5, None]),
    }
    made = fill(asked, {"control": control, "new": new}, control="control", k=10, depth=9, seed=1)
    first, second = worst(made, "new")
    assert (first.query_id, first.value, first.category) == ("lost", 0.0, "shoes")
    assert first.control is not None
    assert first.control > 0
    assert [(hit.document_id, hit.grade, hit.score) for hit in first.hits] == [
        ("x", 0, 0.5),
        ("y", 0, None),
    ]
    assert [(hit.document_id, hit.grade) for hit in first.missed] == [("b", 3), ("c", 2), ("a", 1)]
    assert (second.query_id, second.kind, second.hits) == ("hard", "composed", ())
    assert second.media == (("image", "media/1"),)
    assert [one.control for one in worst(made, "control")] == [None] * 2


def test_no_more_than_a_dozen_are_kept() -> None:
    asked = queries(60)
    made = fill(asked, {"a": {}}, control="a", k=10, depth=9, seed=1)
    assert len(worst(made, "a")) == 12


def test_a_cut_is_suggested_for_each_kind_of_query() -> None:
    asked = queries(60)
    made = fill(asked, {"a": answers(asked, noise=0.3)}, control="a", k=10, depth=20, seed=1)
    found = min_scores(made, "a")
    assert {one.kind: one.queries for one in found} == {"text": 20, "image": 20, "composed": 20}
    assert all(one.cutoff.precision > 0.5 and one.cutoff.recall > 0.5 for one in found)


@pytest.mark.parametrize("found", [{}, {"q000": answered("q000", ["d1", "d2"])}])
def test_without_similarities_no_cut_is_suggested(found) -> None:
    made = fill(queries(3), {"a": found}, control="a", k=10, depth=20, seed=1)
    assert min_scores(made, "a") == ()
