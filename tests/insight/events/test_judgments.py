"""Clicks become grades: by what is expected of a position, and never of one person's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.types.analytics import Deeds, Judged
from services.core.types.events import Action
from services.insight.events import learning
from services.insight.events.judgments import judged, judgments
from services.insight.events.propensity import by_hand
from tests.insight.events.conftest import SHOP, Log

UNBIASED = by_hand([1.0])


def row(
    document: str, seen: int, clicks: int, *, text: str = "mug", carts: int = 0, bought: int = 0,
    position: int = 1,
) -> Judged:  # fmt: skip
    return Judged(text, document, Deeds(document, None, position, seen, clicks, carts, bought))


def grades(*rows: Judged, by: tuple[float, ...] = (1.0,)) -> dict[str, dict[str, int]]:
    return {each.text: each.grades for each in judged(rows, by_hand(by))}


def test_grades_are_by_clicks_over_those_expected() -> None:
    # 40 clicks of 400 looks: one in ten is expected.
    found = grades(
        row("much", 100, 25),
        row("usual", 100, 12),
        row("little", 100, 3),
        row("never", 100, 0),
        row("unseen", 5, 0),
    )
    assert found == {"mug": {"much": 3, "usual": 2, "little": 1, "never": 0}}


def test_what_was_bought_or_put_into_the_cart_counts_for_more() -> None:
    found = grades(row("bought", 100, 1, bought=1), row("cart", 100, 1, carts=1), row("o", 100, 28))
    assert found == {"mug": {"bought": 3, "cart": 2, "o": 3}}


def test_a_lower_place_needs_fewer_clicks_for_the_same_grade() -> None:
    rows = row("top", 100, 10), row("low", 100, 5, position=2), row("mean", 100, 20)
    assert grades(*rows)["mug"]["low"] == 1
    assert grades(*rows, by=(1.0, 0.25))["mug"]["low"] == 2


def test_a_text_that_found_nothing_wanted_judges_nothing() -> None:
    assert grades(row("a", 100, 0, text="lamp"), row("b", 100, 10)) == {"mug": {"b": 3}}


def test_few_peoples_texts_are_left_out(log: Log) -> None:
    for _ in range(3):
        log.page(["a", "b"], clicks=["a"])
    for _ in range(9):
        log.page(["a", "b"], clicks=["a"], text="Jo's secret", client="cl_jo")
    log.write()
    found = judgments(log.ports, SHOP, learning.kept_period(log.ports))
    assert [each.text for each in found] == ["mug"]
    alone = judgments(log.ports, SHOP, learning.kept_period(log.ports), least_clients=1)
    assert {each.text for each in alone} == {"mug", "jo's secret"}
    assert found[0].id == next(each.id for each in alone if each.text == "mug")


def test_a_double_click_judges_once(log: Log) -> None:
    for _ in range(4):
        query = log.page(["a", "b", "c"], clicks=["a", "a", "a"])
    log.act(query, Action.CLICK, "b")
    log.write()
    (found,) = judgments(log.ports, SHOP, learning.kept_period(log.ports))
    assert found.grades == {"a": 3, "b": 1, "c": 0}


@given(
    st.lists(
        st.builds(
            lambda document, seen, share, bought: row(
                document, seen, int(seen * share), bought=min(bought, seen)
            ),
            st.sampled_from("abcde"),
            st.integers(0, 50),
            st.floats(0, 1),
            st.integers(0, 3),
        )
    )
)
def test_whatever_was_done_grades_are_0_to_3_and_more_for_more(rows: list[Judged]) -> None:
    for text in judged(rows, UNBIASED):
        assert set(text.grades.values()) <= {0, 1, 2, 3}
        assert max(text.grades.values()) > 0
        for document, grade in text.grades.items():
            clicks = sum(each.deeds.clicks for each in rows if each.document == document)
            bought = sum(each.deeds.purchases for each in rows if each.document == document)
            assert (grade == 0) == (clicks + bought == 0)


@pytest.mark.parametrize("clicks", [0, 1])
def test_an_empty_or_unclicked_log_judges_nothing(clicks: int) -> None:
    assert judged([row("a", 5, 0)] * clicks, UNBIASED) == []
