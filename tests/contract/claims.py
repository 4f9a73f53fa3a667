"""What every ledger must do about claims: taken once, kept, given back, and run out by a death."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count

from services.core.ports.work import Database, UnitOfWork
from services.core.types.jobs import Item, ItemError, ItemState, Job, JobKind
from tests.contract.database import NOW, SECOND

QUEUED, PREPARED, SUCCEEDED, FAILED, CANCELLED = ItemState
BAD = ItemError("bad_image", "it is no picture")
LEASE_S = 10.0
MAX_CRASHES = 3
_numbers = count(1)


def job_of(
    work: UnitOfWork, shop: str, *names: str, kind: JobKind = JobKind.DOCUMENTS, more: bool = False
) -> str:
    job_id = f"job_{next(_numbers):06}"
    work.jobs.add(job_id, index=shop, kind=kind, source=None, expanded=not more, now=NOW)
    work.jobs.add_items(job_id, [(name, {"id": name}) for name in names], now=NOW)
    return job_id


def claim(
    work: UnitOfWork, job: str, *, worker: str = "w1", limit: int = 99, after_s: float = 0.0
) -> list[Item]:
    now = NOW + timedelta(seconds=after_s)
    return take(work, job, QUEUED, worker=worker, limit=limit, now=now)


def take(
    work: UnitOfWork,
    job: str,
    state: ItemState,
    *,
    worker: str = "w1",
    limit: int = 99,
    now: datetime = NOW,
) -> list[Item]:
    return work.jobs.claim(
        job,
        state,
        limit=limit,
        worker=worker,
        now=now,
        lease_s=LEASE_S,
        max_crashes=MAX_CRASHES,
    )


def all_items(work: UnitOfWork, job: str) -> list[Item]:
    return work.jobs.items(job, state=None, after=None, limit=999)


def nonzero(job: Job) -> dict[ItemState, int]:
    return {state: number for state, number in job.counts.items() if number}


class ClaimContract:
    def test_a_claimed_item_is_nobody_elses_until_the_lease_runs_out(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b", "c")
            assert [each.document_id for each in claim(work, job, limit=2)] == ["a", "b"]
            assert [each.document_id for each in claim(work, job, worker="w2")] == ["c"]
            assert claim(work, job, after_s=LEASE_S - 1) == []
            assert work.jobs.due_in_s(job, QUEUED, now=NOW + SECOND) == LEASE_S - 1
            assert len(claim(work, job, after_s=LEASE_S)) == 1  # now alone: see below

    def test_two_workers_never_hold_the_same_item(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, *(f"d{number}" for number in range(60)))

        def take(worker: str) -> list[int]:
            mine: list[int] = []
            while True:
                with database.work() as work:
                    found = claim(work, job, worker=worker, limit=7)
                if not found:
                    return mine
                mine += [each.sequence for each in found]

        with ThreadPoolExecutor(6) as pool:
            taken = Counter(each for some in pool.map(take, "abcdef") for each in some)
        assert len(taken) == 60
        assert set(taken.values()) == {1}

    def test_released_items_can_be_claimed_at_once(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b", "c")
            claim(work, job, worker="local/1", limit=2)
            claim(work, job, worker="localx", limit=1)
            assert work.jobs.release(worker="local/1") == 2
            again = claim(work, job)
            assert [(each.document_id, each.crashes) for each in again] == [("a", 0), ("b", 0)]

    def test_what_was_prepared_and_a_worker_died_with_may_be_half_written(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b")
            work.jobs.mark_prepared(claim(work, job, limit=1)[0].sequence, {}, now=NOW)
            claim(work, job, worker="local/1")
            take(work, job, PREPARED, worker="local/1", limit=1)
            assert work.jobs.half_written() == []
            work.jobs.bury(worker_prefix="local/", now=NOW, max_crashes=MAX_CRASHES)
            found = work.jobs.half_written()
            assert [(each.document_id, each.crashes) for each in found] == [("a", 1)]
            (a,) = work.jobs.reclaim(
                [found[0].sequence], worker="local/2", now=NOW, lease_s=LEASE_S
            )
            assert (a.claimed_by, a.crashes) == ("local/2", 1)
            again = work.jobs.reclaim([a.sequence], worker="w", now=NOW, lease_s=LEASE_S)
            assert (again, work.jobs.half_written()) == ([], [])

    def test_a_deferred_item_counts_an_attempt_and_waits(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            (item,) = claim(work, job)
            work.jobs.defer(item.sequence, BAD, until=NOW + 30 * SECOND)
            assert claim(work, job, after_s=29) == []
            assert work.jobs.due_in_s(job, QUEUED, now=NOW) == 30
            (again,) = claim(work, job, after_s=30)
            assert (again.attempts, again.error, again.state) == (1, BAD, QUEUED)
            assert work.jobs.due_in_s(job, PREPARED, now=NOW) is None

    def test_a_held_item_stays_with_its_worker(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b")
            a, _ = claim(work, job)
            work.jobs.hold([a.sequence], worker="w1", until=NOW + 60 * SECOND)
            again = claim(work, job, worker="w2", after_s=30)
            assert [each.document_id for each in again] == ["b"]

    def test_only_who_has_an_item_can_hold_it(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b")
            (a,) = claim(work, job, limit=1)
            b = all_items(work, job)[1]
            work.jobs.hold([a.sequence, b.sequence], worker="w2", until=NOW + 60 * SECOND)
            assert [each.document_id for each in claim(work, job, worker="w2")] == ["b"]
            again = claim(work, job, worker="w3", after_s=LEASE_S)
            assert [each.document_id for each in again] == ["a"]

    def test_what_was_taken_over_is_no_longer_pending_for_the_late(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            (a,) = claim(work, job, worker="late")
            assert work.jobs.pending([a.sequence], worker="late") == {a.sequence}
            claim(work, job, worker="next", after_s=LEASE_S)
            assert work.jobs.lock_pending([a.sequence], worker="late") == set()
            assert work.jobs.lock_pending([a.sequence], worker="next") == {a.sequence}
            assert work.jobs.lock_pending([a.sequence, 10**12]) == {a.sequence}

    def test_preparing_late_does_not_take_an_item_from_the_next_step(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            (a,) = claim(work, job)
            work.jobs.mark_prepared(a.sequence, {"id": "a"}, now=NOW)
            take(work, job, PREPARED, worker="w2")
            work.jobs.mark_prepared(a.sequence, {"id": "late"}, now=NOW)
            (item,) = all_items(work, job)
            assert (item.prepared, item.claimed_by) == ({"id": "a"}, "w2")
            assert nonzero(work.jobs.get(job)) == {PREPARED: 1}

    def test_what_workers_died_with_comes_last_each_alone(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b", "c", "d")
            claim(work, job, worker="p1/1", limit=2)
            fresh = claim(work, job, worker="p2/1", after_s=LEASE_S)
            assert [each.document_id for each in fresh] == ["c", "d"]
            (a,) = claim(work, job, worker="p2/2", after_s=LEASE_S)
            assert (a.document_id, a.crashes, a.claimed_by) == ("a", 1, "p2/2")
            # Both in one process would die together, the sound one with the other.
            assert claim(work, job, worker="p2/3", after_s=LEASE_S) == []
            (b,) = claim(work, job, worker="p3/1", after_s=LEASE_S)
            assert b.document_id == "b"

    def test_an_item_that_workers_die_of_fails(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a", "b")
            claim(work, job)
            for death in range(1, MAX_CRASHES):
                (item,) = claim(work, job, limit=1, after_s=death * LEASE_S)
                assert (item.document_id, item.crashes) == ("a", death)
            (b,) = claim(work, job, after_s=MAX_CRASHES * LEASE_S)
            assert (b.document_id, b.crashes) == ("b", 1)
            a = all_items(work, job)[0]
            assert a.state is FAILED
            assert a.error is not None
            assert a.error.code == "worker_crashed"
            assert nonzero(work.jobs.get(job)) == {QUEUED: 1, FAILED: 1}

    def test_the_dead_are_buried_and_their_items_counted(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            one, two = job_of(work, shop, "a", "b"), job_of(work, shop, "c")
            for _ in range(MAX_CRASHES):
                claim(work, one, worker="local/1", limit=1)
                claim(work, two, worker="local2/1")
                buried = work.jobs.bury(worker_prefix="local/", now=NOW, max_crashes=MAX_CRASHES)
                assert buried == 1
            assert work.jobs.bury(worker_prefix="local/", now=NOW, max_crashes=MAX_CRASHES) == 0
            assert [each.crashes for each in all_items(work, one)] == [2, 1]
            assert all_items(work, two)[0].claimed_by == "local2/1"

    def test_an_item_that_came_on_starts_its_next_step_without_crashes(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            claim(work, job)
            (a,) = claim(work, job, after_s=LEASE_S)
            work.jobs.mark_prepared(a.sequence, {"id": "a"}, now=NOW)
            (ready,) = take(work, job, PREPARED)
            assert (a.crashes, ready.crashes) == (1, 0)

    def test_one_that_was_put_off_has_not_crashed(self, database: Database, shop: str) -> None:
        with database.work() as work:
            job = job_of(work, shop, "a")
            (a,) = claim(work, job)
            work.jobs.defer(a.sequence, BAD, until=NOW + 5 * SECOND)
            (again,) = claim(work, job, after_s=LEASE_S)
            assert again.crashes == 0
