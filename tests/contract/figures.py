"""What every store of figures must do. Subclass it, provide `database`, get the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.core.errors import NotFound
from services.core.ports.work import Database
from services.core.types.documents import Document
from services.core.types.figures import RecallProbe, Reference
from services.core.types.jobs import ItemError, ItemState, JobKind, JobState
from tests.contract.database import NOW
from tests.contract.ledger import BAD, all_items, job_of

PROBE = RecallProbe("", 1, 0.975, Reference.EXACT, 16, 400, 0.25, NOW)


class FigureStoreContract:
    def test_nothing_is_shown_of_an_empty_ledger(self, database: Database) -> None:
        with database.read() as work:
            found = work.figures.ledger()
        assert sum(found.jobs.values()) == sum(found.items.values()) == found.rebuilding == 0
        assert (found.failed, found.oldest) == ({}, {})

    def test_items_are_counted_by_state_and_failures_by_reason(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b", "c", "d", "e")
            first, second, third, *_ = [item.sequence for item in all_items(work, job)]
            work.jobs.mark_failed(first, BAD, now=NOW)
            work.jobs.mark_failed(second, ItemError("fetch_failed", "no"), now=NOW)
            work.jobs.mark_prepared(third, {"id": "c"}, now=NOW)
        with database.read() as work:
            found = work.figures.ledger()
        assert found.failed == {"bad_image": 1, "fetch_failed": 1}
        assert found.items[ItemState.QUEUED] == found.items[ItemState.FAILED] == 2
        assert found.items[ItemState.PREPARED] == 1
        assert found.jobs[JobState.QUEUED] == 1

    def test_a_retry_takes_failures_out_again(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            (item,) = all_items(work, job)
            work.jobs.mark_failed(item.sequence, BAD, now=NOW)
            work.jobs.settle(job, now=NOW)
            work.jobs.retry_failed(job, now=NOW)
            assert work.figures.ledger().failed == {}

    def test_the_oldest_item_is_the_one_that_came_first_into_its_state(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b")
            first, second = all_items(work, job)
            work.jobs.mark_prepared(second.sequence, {"id": "b"}, now=NOW + timedelta(minutes=1))
            assert work.figures.ledger().oldest == {
                ItemState.QUEUED: NOW,
                ItemState.PREPARED: NOW + timedelta(minutes=1),
            }
            for item in (first, second):
                work.jobs.mark_failed(item.sequence, BAD, now=NOW)
            assert work.figures.ledger().oldest == {}

    def test_a_rebuild_shows_what_it_still_has_to_write(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, kind=JobKind.REBUILD, more=True)
            work.jobs.set_total(job, 100)
            work.jobs.advance(job, cursor="x", done=40)
            assert work.figures.ledger().rebuilding == 60
            work.jobs.finish(job, JobState.SUCCEEDED, error=None, now=NOW)
            assert work.figures.ledger().rebuilding == 0

    def test_a_sample_has_live_documents_that_are_in_sync(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            for place, name in enumerate("abcdef"):
                work.documents.put(
                    shop,
                    Document(id=name, title=name),
                    sequence=place + 1,
                    views=[f"{name}:text:0", f"{name}:image:0"],
                    now=NOW,
                )
            work.documents.mark_deleted(shop, ["b"], sequence=9, now=NOW)
            work.documents.change(shop, Document(id="d", title="d"), now=NOW)
        with database.read() as work:
            assert work.figures.sample_views(shop, count=9, shift=0.0) == [
                "a:text:0",
                "c:image:0",
                "e:text:0",
                "f:image:0",
            ]

    def test_the_last_probe_of_an_index_is_kept_until_the_index_goes(
        self, database: Database, shop: str
    ) -> None:
        probe = replace(PROBE, index=shop)
        with database.work() as work:
            work.figures.put_recall_probe(replace(probe, recall=0.5))
            work.figures.put_recall_probe(probe)
            assert work.figures.recall_probes() == [probe]
            work.indexes.remove(shop)
            assert work.figures.recall_probes() == []

    def test_a_probe_of_an_index_that_is_gone_is_refused(self, database: Database) -> None:
        with pytest.raises(NotFound, match="gone"), database.work() as work:
            work.figures.put_recall_probe(replace(PROBE, index="gone"))
