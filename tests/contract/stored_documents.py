"""What every store of documents must do. Subclass it, provide `database`, get the tests."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.errors import InputError, NotFound
from services.core.filters import parse
from services.core.ports.work import Database, UnitOfWork
from services.core.types.documents import Document, PagedFile, Recording
from services.core.types.indexes import AttributeType
from tests.contract.database import NOW, SECOND

ATTRIBUTES = {"price": AttributeType.NUMBER}
LAMP = Document(
    id="lamp",
    title="Lampe à huile",
    description="With a ' and a \" and a 灯",
    sku="Ab-1",
    images=("med_a", "med_b"),
    attributes={"price": 9.5, "tags": ["x", "y"], "nested": {"deep": [1, None]}, "whole": 2**53},
    signals={"popularity": 0.25},
    owner="me",
    consent={"terms": True},
    expires_at=NOW + SECOND,
    audio=(Recording("med_c", 2.5, True, 2.5),),
    video=(Recording("med_d", 4.0, True, 3.5), Recording("med_e", 1.0, False)),
    files=(PagedFile("med_f", 3, (1, 3)),),
    derived={"colour": "red"},
)


def put(work: UnitOfWork, shop: str, *names: str, sequence: int = 1, price: float = 1.0) -> None:
    for name in names:
        document = Document(name, title=name, attributes={"price": price})
        work.documents.put(shop, document, sequence=sequence, views=[f"{name}:text:0"], now=NOW)


class DocumentStoreContract:
    def test_a_document_comes_back_as_it_was_put(self, database: Database, shop: str) -> None:
        with database.work() as work:
            assert work.documents.put(shop, LAMP, sequence=7, views=["v1", "v2"], now=NOW)
        with database.read() as work:
            stored = work.documents.get(shop, "lamp")
        assert stored.document == LAMP
        assert (stored.index, stored.sequence, stored.views) == (shop, 7, ("v1", "v2"))
        assert stored.in_sync
        assert (stored.created_at, stored.updated_at) == (NOW, NOW)

    def test_putting_again_changes_only_the_time(self, database: Database, shop: str) -> None:
        with database.work() as work:
            for now in (NOW, NOW + SECOND):
                assert work.documents.put(shop, LAMP, sequence=7, views=["v1"], now=now)
            stored = work.documents.get(shop, "lamp")
            assert (stored.created_at, stored.updated_at) == (NOW, NOW + SECOND)
            assert work.documents.count(shop) == 1

    def test_putting_into_no_index_is_not_found(self, database: Database) -> None:
        with pytest.raises(NotFound), database.work() as work:
            work.documents.put("nowhere", LAMP, sequence=1, views=[], now=NOW)

    @pytest.mark.parametrize(
        "document",
        [
            Document("a", title="\ud800"),
            Document("\ud800"),
            Document("a", attributes={"price": float("nan")}),
            Document("a", signals={"popularity": float("-inf")}),
            Document("a", expires_at=NOW.replace(tzinfo=None)),
        ],
    )
    def test_what_no_database_can_hold_is_the_callers_error(
        self, database: Database, shop: str, document: Document
    ) -> None:
        with pytest.raises(InputError), database.work() as work:
            work.documents.put(shop, document, sequence=1, views=[], now=NOW)
        with database.read() as work:
            assert work.documents.count(shop) == 0

    def test_live_leaves_out_unknown_deleted_and_expired(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            put(work, shop, "a", "gone")
            work.documents.put(shop, LAMP, sequence=1, views=[], now=NOW)
            work.documents.mark_deleted(shop, ["gone"], sequence=2, now=NOW)
        names = ["a", "gone", "lamp", "unknown"]
        with database.read() as work:
            assert set(work.documents.live(shop, names, now=NOW)) == {"a", "lamp"}
            assert set(work.documents.live(shop, names, now=NOW + SECOND)) == {"a"}
            assert work.documents.live(shop, [], now=NOW) == {}

    def test_many_ids_are_no_problem(self, database: Database, shop: str) -> None:
        names = [f"d{number:04}" for number in range(1200)]
        with database.work() as work:
            put(work, shop, *names)
            work.documents.mark_deleted(shop, names[600:], sequence=2, now=NOW)
            assert sorted(work.documents.live(shop, names, now=NOW)) == names[:600]
            assert sorted(work.documents.known(shop, names)) == names
            assert work.documents.count(shop) == 600

    def test_pages_follow_the_ids(self, database: Database, shop: str) -> None:
        with database.work() as work:
            put(work, shop, "b", "B", "a-1", "a", "c")
            work.documents.mark_deleted(shop, ["c"], sequence=2, now=NOW)
            first = work.documents.page(shop, after=None, limit=2)
            second = work.documents.page(shop, after=first[-1].document.id, limit=9)
        assert [each.document.id for each in first + second] == ["B", "a", "a-1", "b"]

    def test_filters_narrow_pages_counts_and_matches(self, database: Database, shop: str) -> None:
        with database.work() as work:
            put(work, shop, "cheap", price=1.0)
            put(work, shop, "dear", price=100.0)
            work.documents.put(shop, replace(LAMP, id="lamp"), sequence=1, views=[], now=NOW)
            wanted = parse({"price": {"lt": 10}}, ATTRIBUTES)
            page = work.documents.page(shop, after=None, limit=9, filter=wanted)
            assert [each.document.id for each in page] == ["cheap", "lamp"]
            later = NOW + SECOND
            matching = work.documents.matching(shop, filter=wanted, now=later, limit=9)
            assert [each.document.id for each in matching] == ["cheap"]
            assert work.documents.count(shop, filter=wanted) == 2
            assert work.documents.count(shop, filter=wanted, now=later) == 1

    def test_a_sku_is_found_whatever_its_case(self, database: Database, shop: str) -> None:
        with database.work() as work:
            work.documents.put(shop, LAMP, sequence=1, views=[], now=NOW)
            put(work, shop, "other")
            assert work.documents.with_skus(shop, ["aB-1"], now=NOW) == ["lamp"]
            assert work.documents.with_skus(shop, ["x", "AB-1", "aB-1"], now=NOW) == ["lamp"]
            assert work.documents.with_skus(shop, ["aB-1"], now=NOW + SECOND) == []
            assert work.documents.with_skus(shop, ["aB"], now=NOW) == []
            assert work.documents.with_skus(shop, [], now=NOW) == []

    def test_documents_are_found_by_how_many_of_the_words_they_have(
        self, database: Database, shop: str
    ) -> None:
        documents = [
            Document("one", title="A red lamp", description="of wood"),
            Document("two", title="Lamp", description="RED, of oak wood"),
            Document("three", title="100%_wood", attributes={"price": 5.0}),
            Document("four", title="LAMPE À L'ÉTÉ"),
            Document("gone", title="red lamp wood", expires_at=NOW),
            Document("dead", title="red lamp wood"),
        ]
        with database.work() as work:
            for document in documents:
                work.documents.put(shop, document, sequence=1, views=[], now=NOW)
            work.documents.mark_deleted(shop, ["dead"], sequence=2, now=NOW)
        with database.read() as work:

            def found(*words: str, limit: int = 9, filter: object = None) -> list[str]:
                wanted = None if filter is None else parse(filter, ATTRIBUTES)
                return work.documents.worded(shop, words, filter=wanted, now=NOW, limit=limit)

            assert found("Red", "lamp", "wood") == ["one", "two", "four", "three"]
            assert found("Red", "lamp", "wood", limit=2) == ["one", "two"]
            assert found("wood", filter={"price": 5.0}) == ["three"]
            assert found("été") == found("ÉTÉ") == ["four"]
            assert found("0%_w") == ["three"]
            assert found("%") == ["three"]
            assert found("_amp") == found("unheard") == found("") == found() == []
            assert found(*(f"word{n}" for n in range(100)), "lamp") == []

    def test_a_change_waits_for_the_vector_store(self, database: Database, shop: str) -> None:
        changed = replace(LAMP, attributes={"price": 1.0}, signals={})
        with database.work() as work:
            work.documents.put(shop, LAMP, sequence=3, views=["v"], now=NOW)
            stored = work.documents.change(shop, changed, now=NOW + SECOND)
            assert stored.document == changed
            assert (stored.sequence, stored.views, stored.in_sync) == (3, ("v",), False)
            assert work.documents.out_of_sync(shop, limit=9) == [stored]
            work.documents.mark_in_sync(shop, ["lamp"])
            assert work.documents.out_of_sync(shop, limit=9) == []
            work.documents.mark_deleted(shop, ["lamp"], sequence=4, now=NOW)
            with pytest.raises(NotFound):
                work.documents.change(shop, changed, now=NOW)

    def test_deletion_hides_at_once_and_purging_leaves_the_sequence(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            work.documents.put(shop, LAMP, sequence=3, views=["v"], now=NOW)
            put(work, shop, "kept")
            work.documents.mark_deleted(shop, ["lamp", "never"], sequence=4, now=NOW)
            with pytest.raises(NotFound):
                work.documents.get(shop, "lamp")
            waiting = {each.document.id: each for each in work.documents.deleted(shop, limit=9)}
            assert set(waiting) == {"lamp", "never"}
            assert waiting["lamp"].views == ("v",)
            work.documents.purge(shop, ["lamp", "never", "kept"])
            assert work.documents.deleted(shop, limit=9) == []
            left = work.documents.known(shop, ["lamp", "kept"])
            assert (left["lamp"].document, left["lamp"].sequence) == (Document("lamp"), 4)
            assert left["kept"].document.title == "kept"

    def test_a_later_write_brings_a_deleted_document_back(
        self, database: Database, shop: str
    ) -> None:
        later = NOW + SECOND
        with database.work() as work:
            put(work, shop, "a", sequence=1)
            work.documents.mark_deleted(shop, ["a"], sequence=5, now=NOW)
            work.documents.purge(shop, ["a"])
            old, new = Document("a", title="old"), Document("a", title="new")
            assert not work.documents.put(shop, old, sequence=4, views=[], now=later)
            with pytest.raises(NotFound):
                work.documents.get(shop, "a")
            assert work.documents.put(shop, new, sequence=6, views=[], now=later)
            stored = work.documents.get(shop, "a")
            assert (stored.document, stored.created_at) == (new, later)

    @given(
        order=st.permutations(range(1, 7)),
        deletions=st.sets(st.integers(1, 6)),
        repeated=st.integers(0, 5),
    )
    @settings(
        max_examples=40,
        deadline=None,
        # Examples share a database, and each kind of database runs this same test.
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    def test_the_last_sequence_wins_in_whatever_order_writes_arrive(
        self,
        database: Database,
        shop: str,
        order: list[int],
        deletions: set[int],
        repeated: int,
    ) -> None:
        with contextlib.suppress(ZeroDivisionError), database.work() as work:  # undone each time
            for sequence in [*order, order[repeated]]:
                if sequence in deletions:
                    work.documents.mark_deleted(shop, ["a"], sequence=sequence, now=NOW)
                else:
                    put(work, shop, "a", sequence=sequence, price=float(sequence))
            known = work.documents.known(shop, ["a"])["a"]
            live = work.documents.live(shop, ["a"], now=NOW)
            assert known.sequence == 6
            assert ("a" in live) is (6 not in deletions)
            if live:
                assert live["a"].document.attributes == {"price": 6.0}
            raise ZeroDivisionError
