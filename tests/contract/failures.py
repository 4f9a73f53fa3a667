"""What every ledger must do about jobs that fail, jobs that are due, and queues that are paused."""

from __future__ import annotations

from services.core.ports.work import Database
from services.core.types.jobs import Due, ItemError, JobKind, JobState
from tests.contract.claims import (
    BAD,
    FAILED,
    LEASE_S,
    PREPARED,
    QUEUED,
    SUCCEEDED,
    all_items,
    claim,
    job_of,
    nonzero,
    take,
)
from tests.contract.database import NOW, SECOND

BUG = ItemError("internal_error", "a task ended in an error of ours; see the log")


class FailureContract:
    def test_failures_in_a_row_fail_the_job_with_what_is_left(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b")
            work.jobs.mark_succeeded(all_items(work, job)[0].sequence, now=NOW)
            for number in (1, 2):
                failed = work.jobs.note_failure(job, BUG, now=NOW, pause_s=4.0, limit=3)
                noted = work.jobs.get(job)
                assert not failed
                assert (noted.failures, noted.error) == (number, BUG)
                assert noted.due_at == NOW + number * 4 * SECOND
            assert work.jobs.note_failure(job, BUG, now=NOW, pause_s=4.0, limit=3)
            ended = work.jobs.get(job)
            assert (ended.state, ended.error, ended.due_at) == (JobState.FAILED, BUG, None)
            assert nonzero(ended) == {SUCCEEDED: 1, FAILED: 1}
            assert all_items(work, job)[1].error == BUG
            assert not work.jobs.note_failure(job, BUG, now=NOW, pause_s=4.0, limit=3)
            assert work.jobs.retry_failed(job, now=NOW) == 1
            again = work.jobs.get(job)
            assert (again.failures, again.error, again.finished_at) == (0, None, None)

    def test_progress_forgets_failures(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b", more=True)
            a, b = claim(work, job)
            steps = (
                lambda: work.jobs.mark_prepared(a.sequence, {}, now=NOW),
                lambda: work.jobs.mark_succeeded(a.sequence, now=NOW),
                lambda: work.jobs.mark_failed(b.sequence, BAD, now=NOW),
                lambda: work.jobs.advance(job, cursor="7"),
            )
            for come_on in steps:
                work.jobs.note_failure(job, BUG, now=NOW, pause_s=4.0, limit=2)
                come_on()
                noted = work.jobs.get(job)
                assert (noted.failures, noted.due_at, noted.error) == (0, None, None)

    def test_a_pause_after_failures_has_a_limit(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            for _ in range(40):
                work.jobs.note_failure(job, BUG, now=NOW, pause_s=1.0, limit=99)
            assert work.jobs.get(job).due_at == NOW + 300 * SECOND

    def test_what_is_due_is_named_by_state(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b", "c")
            a, _, _ = claim(work, job)
            assert _due(work, job) is None  # all in hand
            work.jobs.mark_prepared(a.sequence, {}, now=NOW)
            assert _due(work, job) == Due(job, JobKind.DOCUMENTS, True, False, True, True)
            take(work, job, PREPARED)
            assert _due(work, job) is None
            later = _due(work, job, after_s=LEASE_S)
            assert later == Due(job, JobKind.DOCUMENTS, True, True, True, True)

    def test_a_job_that_is_put_off_is_not_due(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            assert _due(work, job) is not None
            work.jobs.put_off(job, until=NOW + 5 * SECOND)
            assert _due(work, job, after_s=4) is None
            assert _due(work, job, after_s=5) is not None
            assert work.jobs.get(job).failures == 0

    def test_what_reads_or_is_to_be_settled_is_due(self, database: Database, shop: str) -> None:
        with database.work() as work:
            reading = job_of(work, shop, kind=JobKind.IMPORT, more=True)
            rebuild = job_of(work, shop, kind=JobKind.REBUILD, more=True)
            empty = job_of(work, shop)
            assert _due(work, reading) == Due(reading, JobKind.IMPORT, False, False, False, False)
            assert _due(work, rebuild) == Due(rebuild, JobKind.REBUILD, False, False, False, False)
            assert _due(work, empty) == Due(empty, JobKind.DOCUMENTS, True, False, False, False)
            work.jobs.settle(empty, now=NOW)
            assert _due(work, empty) is None

    def test_waiting_items_are_counted_by_state(self, database: Database, shop: str) -> None:
        with database.work() as work:
            before = work.jobs.waiting()
            job = job_of(work, shop, "a", "b", "c")
            rebuild = job_of(work, shop, kind=JobKind.REBUILD, more=True)
            work.jobs.set_total(rebuild, 10)
            work.jobs.advance(rebuild, cursor="x", done=4)
            work.jobs.mark_prepared(all_items(work, job)[0].sequence, {}, now=NOW)
            after = work.jobs.waiting()
            assert after[QUEUED] - before[QUEUED] == 2
            assert after[PREPARED] - before[PREPARED] == 1 + 6

    def test_a_queue_is_paused_until_it_is_resumed(self, database: Database, shop: str) -> None:
        with database.work() as work:
            work.queues.pause("ingest", now=NOW)
            work.queues.pause("ingest", now=NOW + SECOND)
            work.queues.pause("embed.index", now=NOW)
            work.queues.resume("embed.index")
            work.queues.resume("embed.index")
            assert work.queues.paused() == {"ingest": NOW}
            work.queues.resume("ingest")
        with database.read() as work:
            assert work.queues.paused() == {}


def _due(work, job: str, *, after_s: float = 0.0) -> Due | None:  # type: ignore[no-untyped-def]
    found = [each for each in work.jobs.due(now=NOW + after_s * SECOND) if each.job_id == job]
    assert len(found) < 2
    return found[0] if found else None
