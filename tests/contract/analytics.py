"""What every store must do that counts what came of searches and keeps what is learned of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.core.errors import NotFound
from services.core.ports.work import Database
from services.core.types.analytics import (
    Answers,
    By,
    Deeds,
    Judged,
    LearnedSignal,
    Period,
    StoredPropensities,
    Wanted,
)
from services.core.types.documents import Document
from services.core.types.events import Action, Event, Excluded
from tests.contract.database import NOW
from tests.contract.searches import add, did, searched

DAY = timedelta(days=1)
TODAY = Period(NOW - timedelta(hours=1), NOW + timedelta(hours=1))
EVER = Period(NOW - 30 * DAY, NOW + DAY)


def fill(database: Database, shop: str) -> None:
    """Three answers of today, one of yesterday, and what must not count."""
    one = {"index": shop, "text": "Mug", "client": "cl_a", "experiment": "e", "variant": "x"}
    add(
        database,
        searched("q1", "a", "b", **one),
        searched("q2", "a", "b", **(one | {"variant": "y", "client": "cl_b", "text": "mug"})),
        searched("q3", index=shop, text="lamp", client=None),
        searched("q4", "b", "a", index=shop, kind="image", text=None, at=NOW - DAY),
        searched("q5", "a", index=shop, bot=True),
        searched("q6", "a", index="other"),
    )
    add(
        database,
        seen("i1", "q1", "a"),
        seen("i2", "q1", "b"),
        did("c1", "q1", "b"),
        did("c2", "q1", "b"),
        did("p1", "q1", "b", action=Action.PURCHASE),
        did("c3", "q2", "a"),
        did("t3", "q2", "a", action=Action.ADD_TO_CART),
        seen("i4", "q4", "b"),
        did("c5", "q5", "a"),
        did("c6", "q6", "a"),
        did("c7", "q1", "z"),
        did("c8", "q2", "b", excluded=Excluded.BOT),
        did("c9", "q9", "a"),
    )


def seen(id: str, query_id: str, object_id: str) -> Event:
    return did(id, query_id, object_id, action=Action.IMPRESSION)


class AnalyticsStoreContract:
    def test_deeds_are_counted_once_per_answer_and_document(
        self, database: Database, shop: str
    ) -> None:
        fill(database, shop)
        with database.read() as work:
            found = work.analytics.deeds(By.KIND, EVER, index=shop)
        assert found == [
            Deeds("image", None, 1, seen=1, clicks=0, add_to_carts=0, purchases=0, told=1),
            Deeds("text", None, 1, seen=2, clicks=1, add_to_carts=1, purchases=0, told=1),
            Deeds("text", None, 2, seen=1, clicks=1, add_to_carts=0, purchases=1, told=1),
        ]

    def test_answers_are_counted_with_what_they_led_to(self, database: Database, shop: str) -> None:
        fill(database, shop)
        with database.read() as work:
            kinds = work.analytics.answers(By.KIND, EVER, index=shop)
            indexes = work.analytics.answers(By.INDEX, TODAY, index=None)
        assert kinds == [
            Answers("image", None, 1, clicked=0, added_to_cart=0, purchased=0),
            Answers("text", None, 3, clicked=2, added_to_cart=1, purchased=1),
        ]
        assert [(each.key, each.searches) for each in indexes] == sorted([("other", 1), (shop, 3)])

    def test_experiments_have_variants_and_the_others_none(
        self, database: Database, shop: str
    ) -> None:
        fill(database, shop)
        with database.read() as work:
            found = work.analytics.answers(By.EXPERIMENT, TODAY, index=shop)
            deeds = work.analytics.deeds(By.EXPERIMENT, TODAY, index=shop)
        assert [(each.key, each.variant, each.searches) for each in found] == [
            ("e", "x", 1),
            ("e", "y", 1),
            (None, None, 1),
        ]
        assert [(each.variant, each.position, each.clicks) for each in deeds] == [
            ("x", 1, 0),
            ("x", 2, 1),
            ("y", 1, 1),
        ]

    def test_days_are_those_of_utc_and_periods_end_before_their_end(
        self, database: Database, shop: str
    ) -> None:
        fill(database, shop)
        with database.read() as work:
            days = work.analytics.answers(By.DAY, EVER, index=shop)
            before = work.analytics.answers(By.DAY, Period(EVER.since, NOW), index=shop)
        assert [(each.key, each.searches) for each in days] == [
            ("2025-12-31", 1),
            ("2026-01-01", 3),
        ]
        assert [(each.key, each.searches) for each in before] == [("2025-12-31", 1)]

    def test_positions_are_in_the_order_of_numbers(self, database: Database, shop: str) -> None:
        shown = [f"d{number}" for number in range(12)]
        add(database, searched("q1", *shown, index=shop))
        add(database, *[did(f"c{number}", "q1", shown[number]) for number in (10, 1, 0)])
        with database.read() as work:
            found = work.analytics.deeds(By.POSITION, EVER, index=shop)
        assert [(each.key, each.position) for each in found] == [("1", 1), ("2", 2), ("11", 11)]

    def test_categories_are_those_of_the_documents_now(self, database: Database, shop: str) -> None:
        fill(database, shop)
        with database.work() as work:
            mug = Document(id="b", title="b", attributes={"category": "mugs"})
            work.documents.put(shop, mug, sequence=1, views=["b"], now=NOW)
            found = work.analytics.deeds(By.CATEGORY, TODAY, index=shop, attribute="category")
        assert [(each.key, each.seen, each.clicks) for each in found] == [
            ("mugs", 1, 1),
            (None, 2, 1),
        ]

    def test_answers_cannot_be_told_apart_by_what_they_hold(self, database: Database) -> None:
        with database.read() as work, pytest.raises(ValueError, match="position"):
            work.analytics.answers(By.POSITION, EVER, index=None)

    def test_documents_are_counted_by_where_they_stood(self, database: Database, shop: str) -> None:
        fill(database, shop)
        with database.read() as work:
            found = work.analytics.by_document(shop, EVER)
        assert [(each.key, each.position, each.seen, each.clicks) for each in found] == [
            ("a", 1, 2, 1),
            ("b", 1, 1, 0),
            ("b", 2, 1, 1),
        ]

    def test_texts_are_the_same_in_another_case_and_common_ones_only(
        self, database: Database, shop: str
    ) -> None:
        fill(database, shop)
        with database.read() as work:
            found = work.analytics.by_text(shop, EVER, least_clients=2)
            none = work.analytics.by_text(shop, EVER, least_clients=3)
        assert found == [
            Judged("mug", "a", Deeds("a", None, 1, 2, 1, 1, 0, told=1)),
            Judged("mug", "b", Deeds("b", None, 2, 1, 1, 0, 1, told=1)),
        ]
        assert none == []

    def test_what_is_wanted_most_comes_first(self, database: Database, shop: str) -> None:
        fill(database, shop)
        with database.read() as work:
            found = work.analytics.wanted(shop, EVER, limit=9)
            first = work.analytics.wanted(shop, EVER, limit=1)
        assert found == [
            Wanted("mug", searches=2, none_found=0, clicked=2, clicks=2),
            Wanted("lamp", searches=1, none_found=1, clicked=0, clicks=0),
        ]
        assert first == found[:1]

    def test_nothing_is_counted_where_nothing_was_done(self, database: Database, shop: str) -> None:
        with database.read() as work:
            assert work.analytics.deeds(By.DAY, EVER, index=None) == []
            assert work.analytics.answers(By.DAY, EVER, index=None) == []
            assert work.analytics.wanted(shop, EVER, limit=9) == []


class LearningStoreContract:
    def test_propensities_are_kept_until_the_next_or_the_index_goes(
        self, database: Database, shop: str
    ) -> None:
        first = StoredPropensities((1.0, 0.5), "set", NOW)
        second = StoredPropensities((1.0, 0.25, 0.125), "estimated", NOW + DAY)
        with database.work() as work:
            assert work.learning.propensities(shop) is None
            work.learning.put_propensities(shop, first)
            work.learning.put_propensities(shop, second)
            assert work.learning.propensities(shop) == second
            work.learning.drop_propensities(shop)
            work.learning.drop_propensities(shop)
            assert work.learning.propensities(shop) is None
            work.learning.put_propensities(shop, first)
            work.indexes.remove(shop)
            assert work.learning.propensities(shop) is None

    def test_signals_replace_the_former_ones(self, database: Database, shop: str) -> None:
        old = [LearnedSignal(f"d{number}", 0.1, 10.0, 1.0) for number in range(600)]
        new = [LearnedSignal("a", 0.25, 8.0, 2.0), LearnedSignal("b", 0.5, 4.5, 2.0)]
        with database.work() as work:
            assert work.learning.learned_at(shop) is None
            work.learning.replace_signals(shop, old, mean=0.1, now=NOW)
            work.learning.replace_signals(shop, new, mean=0.125, now=NOW + DAY)
        with database.read() as work:
            assert work.learning.signals(shop, limit=9) == [new[1], new[0]]
            assert work.learning.signals(shop, limit=1) == [new[1]]
            assert work.learning.ctr(shop, ["a", "z"]) == {"a": 0.25, "z": 0.125}
            assert work.learning.ctr("other", ["a"]) == {}
            assert work.learning.learned_at(shop) == NOW + DAY

    def test_many_are_asked_for_at_once(self, database: Database, shop: str) -> None:
        many = [LearnedSignal(f"d{number:04}", 0.1, 10.0, 1.0) for number in range(1200)]
        with database.work() as work:
            work.learning.replace_signals(shop, many, mean=None, now=NOW)
            found = work.learning.ctr(shop, ["none", *[each.document for each in many]])
        assert found == {each.document: 0.1 for each in many}

    def test_nothing_is_learned_of_an_index_that_is_gone(self, database: Database) -> None:
        propensities = StoredPropensities((1.0,), "none", NOW)
        with pytest.raises(NotFound, match="gone"), database.work() as work:
            work.learning.put_propensities("gone", propensities)
        signal = LearnedSignal("a", 0.25, 8.0, 2.0)
        with pytest.raises(NotFound, match="gone"), database.work() as work:
            work.learning.replace_signals("gone", [signal], mean=0.25, now=NOW)
