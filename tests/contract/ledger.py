"""What every ledger of jobs and items must do. Subclass it, provide `database`, get the tests."""

from __future__ import annotations

from collections import Counter

import pytest

from services.core.errors import Conflict, NotFound
from services.core.ports.work import Database
from services.core.types.jobs import JobKind, JobState
from tests.contract.at_once import AtOnceContract
from tests.contract.claims import (
    BAD,
    CANCELLED,
    FAILED,
    PREPARED,
    QUEUED,
    SUCCEEDED,
    ClaimContract,
    all_items,
    claim,
    job_of,
    nonzero,
    take,
)
from tests.contract.database import NOW, SECOND
from tests.contract.failures import FailureContract


class JobStoreContract(ClaimContract, FailureContract, AtOnceContract):
    def test_items_come_back_in_order_with_ascending_sequences(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b", more=True)
            deletion = work.jobs.next_sequence()
            work.jobs.add_failed_item(job, "row 3", {"x": 1}, error=BAD, now=NOW)
            work.jobs.add_items(job, [("c", {"id": "c"})], now=NOW)
            a, b, bad, c = all_items(work, job)
        assert a.sequence < b.sequence < deletion < bad.sequence < c.sequence
        assert [each.ordinal for each in (a, b, bad, c)] == [0, 1, 2, 3]
        assert (a.job_id, a.index, a.document_id, a.payload) == (job, shop, "a", {"id": "a"})
        assert (a.state, a.attempts, a.prepared, a.error) == (QUEUED, 0, None, None)
        assert (bad.state, bad.error, bad.payload) == (FAILED, BAD, {"x": 1})

    def test_items_can_be_paged_by_state(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b", "c")
            a, b, c = all_items(work, job)
            work.jobs.mark_failed(b.sequence, BAD, now=NOW)
            queued = work.jobs.items(job, state=QUEUED, after=None, limit=1)
            assert [each.document_id for each in queued] == ["a"]
            rest = work.jobs.items(job, state=QUEUED, after=a.sequence, limit=9)
            assert [each.document_id for each in rest] == ["c"]
            assert work.jobs.items(job, state=None, after=c.sequence, limit=9) == []

    def test_a_sequence_is_never_given_twice(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job_of(work, shop, "a", "b")
            last = work.jobs.next_sequence()
            work.indexes.remove(shop)
        with database.work() as work:
            assert work.jobs.next_sequence() > last

    def test_a_prepared_item_can_be_claimed_for_the_next_step(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            (item,) = claim(work, job)
            work.jobs.mark_prepared(item.sequence, {"id": "a", "images": ["m"]}, now=NOW)
            assert claim(work, job) == []
            (ready,) = take(work, job, PREPARED)
            assert ready.prepared == {"id": "a", "images": ["m"]}
            assert nonzero(work.jobs.get(job)) == {PREPARED: 1}

    @pytest.mark.parametrize(
        ("ends", "state"),
        [
            ("", JobState.SUCCEEDED),
            ("ss", JobState.SUCCEEDED),
            ("sf", JobState.PARTIALLY_SUCCEEDED),
            ("ff", JobState.FAILED),
            ("sc", JobState.SUCCEEDED),
            ("sfc", JobState.PARTIALLY_SUCCEEDED),
            ("fc", JobState.FAILED),
            ("cc", JobState.CANCELLED),
        ],
    )
    def test_a_job_ends_as_its_items_did(
        self, database: Database, shop: str, ends: str, state: JobState
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, *(f"d{place}" for place in range(len(ends))), more=True)
            for end, item in zip(ends, all_items(work, job), strict=True):
                assert not work.jobs.settle(job, now=NOW).state.finished
                if end == "s":
                    work.jobs.mark_succeeded(item.sequence, now=NOW)
                elif end == "f":
                    work.jobs.mark_failed(item.sequence, BAD, now=NOW)
                else:
                    work.jobs.cancel_documents(shop, [item.document_id], now=NOW)
            assert not work.jobs.settle(job, now=NOW).state.finished  # more may come
            work.jobs.mark_expanded(job)
            settled = work.jobs.settle(job, now=NOW + SECOND)
            assert (settled.state, settled.finished_at) == (state, NOW + SECOND)
            assert settled.total == len(ends)
            counted = {"s": SUCCEEDED, "f": FAILED, "c": CANCELLED}
            assert nonzero(settled) == {counted[end]: n for end, n in Counter(ends).items()}
            assert work.jobs.settle(job, now=NOW + 2 * SECOND) == settled

    def test_finishing_an_item_twice_counts_once(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b")
            a, b = all_items(work, job)
            for _ in range(2):
                work.jobs.mark_succeeded(a.sequence, now=NOW)
                work.jobs.mark_failed(a.sequence, BAD, now=NOW)
            assert nonzero(work.jobs.get(job)) == {QUEUED: 1, SUCCEEDED: 1}
            assert work.jobs.pending([a.sequence, b.sequence, 10**12]) == {b.sequence}

    def test_starting_is_once(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            assert work.jobs.get(job).state is JobState.QUEUED
            work.jobs.start(job, now=NOW)
            work.jobs.start(job, now=NOW + SECOND)
            running = work.jobs.get(job)
            assert (running.state, running.started_at) == (JobState.RUNNING, NOW)

    def test_cancelling_keeps_what_succeeded(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b", "c", more=True)
            a, b, _ = all_items(work, job)
            work.jobs.mark_succeeded(a.sequence, now=NOW)
            assert work.jobs.cancel(job, now=NOW) == 2
            work.jobs.mark_succeeded(b.sequence, now=NOW)
            cancelled = work.jobs.settle(job, now=NOW + SECOND)
            assert (cancelled.state, cancelled.finished_at) == (JobState.CANCELLED, NOW)
            assert nonzero(cancelled) == {SUCCEEDED: 1, CANCELLED: 2}
            assert claim(work, job, after_s=999) == []
            with pytest.raises(Conflict):
                work.jobs.cancel(job, now=NOW)
            with pytest.raises(Conflict):
                work.jobs.add_items(job, [("d", {})], now=NOW)

    def test_deleting_documents_cancels_and_settles(self, database: Database, shop: str) -> None:
        with database.work() as work:
            one, two = job_of(work, shop, "a", "b"), job_of(work, shop, "a")
            assert work.jobs.pending_job(shop, "a") == one
            work.jobs.cancel_documents(shop, ["a"], now=NOW)
            assert work.jobs.pending_job(shop, "a") is None
            assert work.jobs.pending_job(shop, "b") == one
            assert nonzero(work.jobs.get(one)) == {QUEUED: 1, CANCELLED: 1}
            assert work.jobs.get(two).state is JobState.CANCELLED

    def test_retrying_reopens_the_job_with_fresh_attempts(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b")
            work.jobs.start(job, now=NOW)
            a, b = claim(work, job)
            work.jobs.defer(a.sequence, BAD, until=NOW)
            work.jobs.mark_failed(a.sequence, BAD, now=NOW)
            work.jobs.mark_succeeded(b.sequence, now=NOW)
            work.jobs.settle(job, now=NOW)
            assert work.jobs.retry_failed(job, now=NOW) == 1
            assert work.jobs.retry_failed(job, now=NOW) == 0
            opened = work.jobs.get(job)
            assert (opened.state, opened.finished_at) == (JobState.RUNNING, None)
            (again,) = claim(work, job)
            assert (again.document_id, again.attempts, again.error) == ("a", 0, None)

    def test_a_rebuild_counts_documents(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, kind=JobKind.REBUILD, more=True)
            work.jobs.set_total(job, 10)
            work.jobs.advance(job, cursor="d4", done=4)
            half = work.jobs.settle(job, now=NOW)
            assert (half.total, half.cursor, half.state) == (10, "d4", JobState.QUEUED)
            assert nonzero(half) == {SUCCEEDED: 4, QUEUED: 6}
            work.jobs.finish(job, JobState.FAILED, error=BAD, now=NOW)
            work.jobs.finish(job, JobState.SUCCEEDED, error=None, now=NOW)  # the first word counts
            ended = work.jobs.get(job)
            assert (ended.state, ended.error, ended.finished_at) == (JobState.FAILED, BAD, NOW)

    def test_finishing_a_job_leaves_nothing_to_do(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", kind=JobKind.IMPORT, more=True)
            work.jobs.finish(job, JobState.FAILED, error=BAD, now=NOW)
            assert work.jobs.pending_job(shop, "a") is None
            assert nonzero(work.jobs.get(job)) == {CANCELLED: 1}

    def test_jobs_are_listed_newest_first_and_unfinished_oldest_first(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            one, two, three = (job_of(work, shop, "a") for _ in range(3))
            work.jobs.cancel(two, now=NOW)
            page = work.jobs.page(index=shop, states=(), before=None, limit=2)
            assert [job.id for job in page] == [three, two]
            rest = work.jobs.page(index=shop, states=(), before=two, limit=2)
            assert [job.id for job in rest] == [one]
            ended = work.jobs.page(index=None, states=[JobState.CANCELLED], before=None, limit=1)
            assert [job.id for job in ended] == [two]
            assert [job.id for job in work.jobs.unfinished() if job.index == shop] == [one, three]

    def test_an_unknown_job_is_not_found(self, database: Database, shop: str) -> None:
        with database.work() as work:
            for act in (
                lambda: work.jobs.get("job_x"),
                lambda: work.jobs.start("job_x", now=NOW),
                lambda: work.jobs.settle("job_x", now=NOW),
                lambda: work.jobs.cancel("job_x", now=NOW),
                lambda: work.jobs.retry_failed("job_x", now=NOW),
                lambda: work.jobs.mark_expanded("job_x"),
                lambda: work.jobs.add_items("job_x", [], now=NOW),
            ):
                with pytest.raises(NotFound):
                    act()
