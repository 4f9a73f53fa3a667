"""Queries are grouped by kind, category and wish; what cannot be measured is refused by name."""

import numpy as np
import pytest

from services.core.errors import InputError
from services.insight.evaluation.sheet import categories, everything, fill, kinds, root
from tests.insight.evaluation.made import answered, answers, queries, query

ASKED = queries(12)


def sheet(asked=ASKED, **changed):
    given = {"control": "a", "k": 10, "depth": 20, "seed": 1} | changed
    return fill(asked, {"b": {}, "a": answers(asked, noise=1.0)}, **given)


def test_the_control_comes_first_and_rows_are_in_the_order_of_ids() -> None:
    found = sheet(dict(reversed(ASKED.items())))
    assert list(found.values) == ["a", "b"]
    assert [one.id for one in found.queries] == sorted(ASKED)
    assert not found.values["b"].any()


def test_groups_hold_each_query_of_theirs() -> None:
    found = sheet()
    assert len(everything(found).rows) == 12
    assert {one.name: len(one.rows) for one in kinds(found)} == {
        "text": 4,
        "image": 4,
        "composed": 4,
    }
    assert [(one.name, len(one.rows)) for one in categories(found)] == [("bags", 6), ("shoes", 6)]


def test_a_category_of_few_queries_is_not_told_apart() -> None:
    assert categories(sheet(queries(8))) == []


def test_rewordings_of_rewordings_are_one_wish() -> None:
    asked = {
        "a": query("a", {"d1": 1}),
        "b": query("b", {"d1": 1}, paraphrase_of="a"),
        "c": query("c", {"d1": 1}, paraphrase_of="b"),
        "d": query("d", {"d1": 1}, paraphrase_of="z"),
        "e": query("e", {"d1": 1}, paraphrase_of="f"),
        "f": query("f", {"d1": 1}, paraphrase_of="e"),
        "g": query("g", {"d1": 1}, paraphrase_of="f"),
    }
    found = {name: root(one, asked) for name, one in asked.items()}
    assert found == {
        "a": "a", "b": "a", "c": "a", "d": "z", "e": "e", "f": "e", "g": "e",
    }  # fmt: skip
    units = fill(asked, {"x": {}}, control="x", k=1, depth=1, seed=1).units
    assert units.count == 3
    assert np.array_equal(units.of, [0, 0, 0, 2, 1, 1, 1])


def test_a_query_without_grades_is_not_measured() -> None:
    asked = {**ASKED, "z": query("z", {})}
    assert len(sheet(asked).queries) == 12


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"control": "c"}, "control"), ({"depth": 0}, "depth"), ({"k": 0}, "depth")],
)
def test_what_cannot_be_is_refused(changed, field: str) -> None:
    with pytest.raises(InputError) as caught:
        sheet(**changed)
    assert caught.value.fields[0].field == field


@pytest.mark.parametrize("grades", [{"d1": 0}, {"d1": 21}])
def test_a_grade_outside_the_scale_is_refused(grades) -> None:
    with pytest.raises(InputError, match="those of q must be 1 to 20"):
        sheet({"q": query("q", grades)})


def test_nothing_judged_is_refused() -> None:
    with pytest.raises(InputError, match="nothing can be measured"):
        sheet({"q": query("q", {})})


def test_a_page_is_no_deeper_than_the_answer() -> None:
    asked = {"q": query("q", {"d1": 1})}
    found = fill(asked, {"a": {"q": answered("q", ["d1"])}}, control="a", k=10, depth=3, seed=1)
    assert found.k == 3
    assert found.names[0] == "ndcg@3"
