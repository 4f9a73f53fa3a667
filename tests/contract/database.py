"""What every database must do; `ledger.py` and `stored_documents.py` have its largest stores.

Subclass, provide `database` (empty, sending to `sent`) and `sent` (messages its queue was given).
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from services.core.errors import Conflict, NotFound
from services.core.ports.work import Database
from services.core.types.access import ApiKey, Scope
from services.core.types.documents import Document, Media
from services.core.types.idempotency import RememberedResponse
from services.core.types.indexes import AttributeType, Hnsw, Index, IndexSettings
from services.core.types.jobs import JobKind

NOW = datetime(2026, 1, 1, 12, 30, 15, 123456, tzinfo=UTC)
SECOND = timedelta(seconds=1)
Sent = list[tuple[str, dict[str, str], float]]
_numbers = count(1)


def index(name: str) -> Index:
    settings = IndexSettings(
        embedder="pocket",
        dimensions=64,
        attributes={"price": AttributeType.NUMBER, "tags": AttributeType.TAGS},
        hnsw=Hnsw(m=8, ef_construction=100),
    )
    return Index(name, settings, "fp1", 1, None, None, None, NOW)


@pytest.fixture
def shop(database: Database) -> str:
    """An index of the test's own."""
    name = f"shop{next(_numbers)}"
    with database.work() as work:
        work.indexes.add(index(name))
    return name


def picture(number: int, **changes: object) -> Media:
    values = {
        "id": "med_" + chr(ord("a") + number) * 32,
        "index": "shop",
        "kind": "image",
        "content_type": "image/webp",
        "width": 640,
        "height": 480,
        "bytes": 12_345,
        "sha256": "0" * 64,
        "owner": None,
        "created_at": NOW,
        "expires_at": None,
    }
    return Media(**(values | changes))  # type: ignore[arg-type]


class UnitOfWorkContract:
    def test_work_commits_at_its_end(self, database: Database, shop: str) -> None:
        with database.read() as work:
            assert work.indexes.get(shop) == index(shop)

    def test_an_exception_rolls_everything_back(self, database: Database) -> None:
        with contextlib.suppress(ZeroDivisionError), database.work() as work:
            work.indexes.add(index("gone"))
            raise ZeroDivisionError
        with database.read() as work, pytest.raises(NotFound):
            work.indexes.get("gone")

    def test_tasks_are_sent_after_the_commit_in_order(self, database: Database, sent: Sent) -> None:
        with database.work() as work:
            work.enqueue("first", job_id="job_1")
            work.enqueue("second", delay_s=2.5, job_id="job_2")
            assert sent == []
        assert sent == [("first", {"job_id": "job_1"}, 0.0), ("second", {"job_id": "job_2"}, 2.5)]

    def test_a_rollback_forgets_the_tasks(self, database: Database, sent: Sent) -> None:
        with contextlib.suppress(ZeroDivisionError), database.work() as work:
            work.enqueue("first", job_id="job_1")
            raise ZeroDivisionError
        assert sent == []

    def test_reading_cannot_write_or_send(self, database: Database) -> None:
        with pytest.raises(RuntimeError), database.read() as work:
            work.indexes.add(index("no"))
        with pytest.raises(RuntimeError), database.read() as work:
            work.enqueue("first")

    def test_a_reader_sees_one_moment(self, database: Database, shop: str) -> None:
        with database.read() as reading:
            before = reading.indexes.all()
            with database.work() as work:
                work.indexes.add(index(f"{shop}_later"))
            assert reading.indexes.all() == before
        with database.read() as reading:
            assert len(reading.indexes.all()) == len(before) + 1

    def test_the_secret_is_32_bytes_and_stays(self, database: Database) -> None:
        assert len(database.instance_secret()) == 32
        assert database.instance_secret() == database.instance_secret()

    def test_an_open_database_answers(self, database: Database) -> None:
        assert database.check() is None


class IndexStoreContract:
    def test_a_name_is_taken_once(self, database: Database, shop: str) -> None:
        with pytest.raises(Conflict, match=shop), database.work() as work:
            work.indexes.add(index(shop))

    def test_saving_replaces_settings_and_generations(self, database: Database, shop: str) -> None:
        building = IndexSettings(embedder="other", dimensions=32)
        changed = Index(shop, index(shop).settings, "fp1", 1, 2, building, "fp2", NOW)
        with database.work() as work:
            work.indexes.save(changed)
            assert work.indexes.get(shop) == changed

    def test_an_unknown_index_is_not_found(self, database: Database) -> None:
        with database.work() as work:
            with pytest.raises(NotFound):
                work.indexes.get("nowhere")
            with pytest.raises(NotFound):
                work.indexes.save(index("nowhere"))
            with pytest.raises(NotFound):
                work.indexes.remove("nowhere")

    def test_removing_forgets_documents_jobs_and_links(self, database: Database, shop: str) -> None:
        kept = picture(0, index=shop)
        with database.work() as work:
            work.jobs.add(
                f"job_{shop}",
                index=shop,
                kind=JobKind.DOCUMENTS,
                source=None,
                expanded=True,
                now=NOW,
            )
            work.jobs.add_items(f"job_{shop}", [("a", {"images": [kept.id]})], now=NOW)
            work.documents.put(shop, Document("a"), sequence=1, views=[], now=NOW)
            work.media.put(kept)
            work.media.link(shop, "a", [kept.id])
            work.indexes.remove(shop)
            work.indexes.add(index(shop))
        with database.read() as work:
            assert work.documents.known(shop, ["a"]) == {}
            assert work.jobs.page(index=shop, states=(), before=None, limit=9) == []
            assert work.jobs.pending_job(shop, "a") is None
            gone = work.media.abandoned(now=NOW, unlinked_before=NOW + SECOND, limit=9)
            assert kept in gone


class MediaCatalogContract:
    def test_a_medium_comes_back_as_it_was_put(self, database: Database) -> None:
        whole = picture(1, owner="me", expires_at=NOW + SECOND)
        with database.work() as work:
            work.media.put(picture(1))
            work.media.put(whole)
            assert work.media.get(whole.id) == whole
            work.media.remove([whole.id])
            with pytest.raises(NotFound):
                work.media.get(whole.id)

    def test_facts_of_recordings_and_files_come_back(self, database: Database) -> None:
        facts: tuple[dict[str, Any], ...] = (
            {"kind": "video", "duration_s": 2.5, "sound": True, "sound_s": 2.25},
            {"kind": "audio", "duration_s": 0.5, "sound": True, "sound_s": 0.5},
            {"kind": "file", "pages": 3, "worded": (1, 3)},
        )
        for number, one in enumerate(facts):
            medium = replace(picture(20 + number), **one)
            with database.work() as work:
                work.media.put(medium)
                assert work.media.get(medium.id) == medium

    def test_only_what_nobody_holds_is_abandoned(self, database: Database, shop: str) -> None:
        linked, waiting, loose, young, expired, query = (
            picture(2, index=shop),
            picture(3, index=shop),
            picture(4, index=shop),
            picture(5, index=shop, created_at=NOW + SECOND),
            picture(6, index=None, expires_at=NOW),
            picture(7, index=None, expires_at=NOW + SECOND),
        )
        job = f"job_{shop}"
        with database.work() as work:
            for medium in (linked, waiting, loose, young, expired, query):
                work.media.put(medium)
            work.documents.put(shop, Document("a"), sequence=1, views=[], now=NOW)
            work.media.link(shop, "a", [linked.id, linked.id])
            work.jobs.add(
                job, index=shop, kind=JobKind.DOCUMENTS, source=None, expanded=True, now=NOW
            )
            work.jobs.add_items(job, [("b", {"images": [f"media:{waiting.id}"]})], now=NOW)

        def abandoned() -> set[str]:
            with database.read() as work:
                found = work.media.abandoned(now=NOW, unlinked_before=NOW + SECOND, limit=99)
                return {medium.id for medium in found}

        assert abandoned() == {loose.id, expired.id}
        with database.work() as work:
            work.media.link(shop, "a", [])
            work.jobs.cancel(job, now=NOW)
        assert abandoned() == {linked.id, waiting.id, loose.id, expired.id}
        with database.work() as work:
            work.media.remove([linked.id, waiting.id, loose.id, young.id, expired.id, query.id])


class KeyStoreContract:
    def test_a_key_is_found_by_its_secret_until_removed(self, database: Database) -> None:
        scopes = frozenset({Scope.SEARCH, Scope.INGEST})
        key = ApiKey("key_1", "till", "a" * 64, scopes, NOW, NOW + SECOND)
        with database.work() as work:
            work.keys.add(key)
            assert work.keys.all() == [key]
            assert work.keys.by_secret("a" * 64) == key
            assert work.keys.by_secret("b" * 64) is None
        with pytest.raises(Conflict), database.work() as work:
            work.keys.add(key)
        with database.work() as work:
            work.keys.remove("key_1")
            assert work.keys.by_secret("a" * 64) is None
            with pytest.raises(NotFound):
                work.keys.remove("key_1")


class IdempotencyStoreContract:
    def test_an_answer_is_remembered_per_caller_until_it_expires(self, database: Database) -> None:
        answer = RememberedResponse("f" * 64, 202, '{"id": "job_1"}')
        with database.work() as work:
            work.idempotency.put("me", "k", answer, expires_at=NOW + SECOND)
        with database.read() as work:
            assert work.idempotency.get("me", "k", now=NOW) == answer
            assert work.idempotency.get("you", "k", now=NOW) is None
            assert work.idempotency.get("me", "k", now=NOW + SECOND) is None
        with pytest.raises(Conflict), database.work() as work:
            work.idempotency.put("me", "k", answer, expires_at=NOW + SECOND)
        with database.work() as work:
            assert work.idempotency.forget_expired(now=NOW) == 0
            assert work.idempotency.forget_expired(now=NOW + SECOND) == 1
