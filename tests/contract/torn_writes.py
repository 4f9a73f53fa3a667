"""What every store of torn writes must do. Subclass it, provide `database`, get the tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.core.ports.work import Database
from services.core.types.documents import Document
from tests.contract.database import NOW

LATER = NOW + timedelta(hours=1)


def store(database: Database, shop: str, ids: Sequence[str]) -> None:
    with database.work() as work:
        for place, name in enumerate(ids):
            document = Document(id=name, title=name)
            work.documents.put(shop, document, sequence=place + 1, views=[name], now=NOW)


class TornWritesContract:
    def test_those_marked_first_come_first_and_stay_since_then(
        self, database: Database, shop: str
    ) -> None:
        store(database, shop, ["a", "b", "c"])
        with database.work() as work:
            work.torn.mark(shop, ["c", "b", "b"], now=NOW)
            work.torn.mark(shop, ["a", "c"], now=LATER)
            work.torn.mark(shop, [], now=LATER)
        with database.read() as work:
            assert work.torn.ids(shop, limit=9) == ["b", "c", "a"]
            assert work.torn.ids(shop, limit=2) == ["b", "c"]
            assert work.torn.ids("another", limit=9) == []

    def test_only_what_is_forgotten_is_gone(self, database: Database, shop: str) -> None:
        store(database, shop, ["a", "b"])
        with database.work() as work:
            work.torn.mark(shop, ["a", "b"], now=NOW)
            work.torn.forget("another", ["a"])
            work.torn.forget(shop, ["b", "never marked"])
            assert work.torn.ids(shop, limit=9) == ["a"]

    def test_a_mark_stays_when_the_document_is_put_or_deleted_and_goes_with_its_index(
        self, database: Database, shop: str
    ) -> None:
        store(database, shop, ["a"])
        with database.work() as work:
            work.torn.mark(shop, ["a"], now=NOW)
        store(database, shop, ["a"])
        with database.work() as work:
            work.documents.mark_deleted(shop, ["a"], sequence=9, now=NOW)
            work.documents.purge(shop, ["a"])
            assert work.torn.ids(shop, limit=9) == ["a"]
            work.indexes.remove(shop)
            assert work.torn.ids(shop, limit=9) == []
