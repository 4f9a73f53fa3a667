"""Recordings and files in SQL: rows older than them, who holds their media, long leases."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from services.core.db.database import SqlDatabase
from services.core.types.documents import Document, Recording
from services.core.types.indexes import IndexSettings, Segments
from services.core.types.jobs import JobKind
from tests.contract.database import NOW, SECOND, index, picture

SHOP = "shop"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.stack)])
def url(request: pytest.FixtureRequest, url: str) -> str:
    if request.param == "sqlite":
        return url
    return str(request.getfixturevalue("migrated_postgres_url"))


@pytest.fixture
def shop(database: SqlDatabase) -> str:
    with database.work() as work:
        work.indexes.add(index(SHOP))
        work.jobs.add(
            "job_1", index=SHOP, kind=JobKind.DOCUMENTS, source=None, expanded=True, now=NOW
        )
    return SHOP


def test_rows_written_before_there_were_recordings_are_read(
    database: SqlDatabase, shop: str
) -> None:
    medium = picture(1, index=shop)
    with database.work() as work:
        work.documents.put(shop, Document("a", title="Old"), sequence=1, views=[], now=NOW)
        work.media.put(medium)
    with database._writer.begin() as connection:
        nothing = "audio = NULL, video = NULL, files = NULL, derived = NULL"
        connection.execute(text(f"UPDATE documents SET {nothing}"))
        connection.execute(text("UPDATE media SET sound = NULL, sound_s = NULL, worded = NULL"))
        old = '{"embedder": "pocket", "dimensions": 64, "attributes": {}, '
        old += '"hnsw": {"m": 16, "ef_construction": 200}}'
        connection.execute(text("UPDATE indexes SET settings = :old"), {"old": old})
    with database.read() as work:
        assert work.documents.get(shop, "a").document == Document("a", title="Old")
        assert work.media.get(medium.id) == medium
        assert work.indexes.get(shop).settings == IndexSettings(dimensions=64)
        assert work.indexes.get(shop).settings.segments == Segments()


def test_media_that_an_item_names_in_any_field_are_not_abandoned(
    database: SqlDatabase, shop: str
) -> None:
    media = [picture(number, index=shop) for number in range(4)]
    fields = ("images", "audio", "video", "files")
    with database.work() as work:
        for medium in media:
            work.media.put(medium)
        payload = {
            field: [medium.id] if field == "images" else [{"reference": f"media:{medium.id}"}]
            for field, medium in zip(fields, media, strict=True)
        }
        work.jobs.add_items("job_1", [("a", payload)], now=NOW)
        late = NOW + 10 * SECOND
        assert work.media.abandoned(now=late, unlinked_before=late, limit=9) == []
        work.jobs.cancel_documents(shop, ["a"], now=NOW)
        assert len(work.media.abandoned(now=late, unlinked_before=late, limit=9)) == 4


def test_what_was_prepared_and_never_succeeded_is_remembered(
    database: SqlDatabase, shop: str
) -> None:
    with database.work() as work:
        work.jobs.add_items("job_1", [("a", {}), ("a", {}), ("b", {})], now=NOW)
        one, two, _ = work.jobs.items("job_1", state=None, after=None, limit=3)
        work.jobs.mark_prepared(one.sequence, {"id": "a", "n": 1}, now=NOW)
        work.jobs.mark_prepared(two.sequence, {"id": "a", "n": 2}, now=NOW)
        work.jobs.mark_succeeded(one.sequence, now=NOW)
        work.jobs.cancel_documents(shop, ["a"], now=NOW)
        assert work.jobs.unwritten(shop, ["a", "b"]) == [{"id": "a", "n": 2}]


def test_purging_forgets_recordings(database: SqlDatabase, shop: str) -> None:
    whole = Document("a", audio=(Recording("med_x", 1.0, True, 1.0),), derived={"colour": "red"})
    with database.work() as work:
        work.documents.put(shop, whole, sequence=1, views=["v"], now=NOW)
        work.documents.mark_deleted(shop, ["a"], sequence=2, now=NOW)
        work.documents.purge(shop, ["a"])
        left = work.documents.known(shop, ["a"])["a"].document
        assert (left.audio, dict(left.derived)) == ((), {})
