"""What every ledger must stand: all that may happen to two jobs, at once."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from services.core.ports.work import Database
from services.core.types.jobs import ItemError
from tests.contract.claims import (
    BAD,
    PREPARED,
    QUEUED,
    all_items,
    job_of,
    nonzero,
    take,
)
from tests.contract.database import NOW, SECOND

ROUNDS = 12
DOCUMENTS = 24


class AtOnceContract:
    def test_whatever_happens_at_once_nobody_waits_for_ever_and_counts_stay_true(
        self, database: Database, shop: str
    ) -> None:
        with database.work() as work:
            names = [f"d{number}" for number in range(DOCUMENTS)]
            jobs = [job_of(work, shop, *names, more=True) for _ in range(2)]

        def happen(seed: int) -> None:
            rng = random.Random(seed)
            for turn in range(ROUNDS):
                act = rng.choice((_bring_on, _bring_on, _cancel, _append, _fail, _keep_up))
                act(database, shop, rng.choice(jobs), f"p{seed}/{turn}", rng)

        # An error (a transaction that the server broke up, say) comes out here.
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(happen, range(6)))
        with database.read() as work:
            for job in jobs:
                counted = Counter(item.state for item in all_items(work, job))
                assert nonzero(work.jobs.get(job)) == counted


def _bring_on(database: Database, shop: str, job: str, worker: str, rng: random.Random) -> None:
    with database.work() as work:
        work.jobs.start(job, now=NOW)
        state = rng.choice((QUEUED, PREPARED))
        found = take(work, job, state, worker=worker, limit=6)
    with database.work() as work:
        rng.shuffle(found)
        if rng.random() < 0.5:  # as the flows do; each alone must do as well
            work.jobs.lock_pending([item.sequence for item in found], worker=worker)
        for item in found:
            if state is QUEUED:
                work.jobs.mark_prepared(item.sequence, {"id": item.document_id}, now=NOW)
            else:
                work.jobs.mark_succeeded(item.sequence, now=NOW)
    with database.work() as work:
        work.jobs.settle(job, now=NOW)


def _cancel(database: Database, shop: str, job: str, worker: str, rng: random.Random) -> None:
    with database.work() as work:
        some = [f"d{rng.randrange(DOCUMENTS)}" for _ in range(3)]
        work.jobs.cancel_documents(shop, some, now=NOW)
        work.jobs.next_sequence()


def _append(database: Database, shop: str, job: str, worker: str, rng: random.Random) -> None:
    with database.work() as work:
        some = [(f"d{rng.randrange(DOCUMENTS)}", {"id": "x"}) for _ in range(4)]
        work.jobs.add_items(job, some, now=NOW)
        work.jobs.add_failed_item(job, "row", {}, error=BAD, now=NOW)


def _fail(database: Database, shop: str, job: str, worker: str, rng: random.Random) -> None:
    with database.work() as work:
        found = take(work, job, QUEUED, worker=worker, limit=3)
    with database.work() as work:
        for item in reversed(found):
            work.jobs.mark_failed(item.sequence, BAD, now=NOW)
    with database.work() as work:
        work.jobs.note_failure(job, ItemError("bug", "x"), now=NOW, pause_s=1.0, limit=999)
        work.jobs.retry_failed(job, now=NOW)


def _keep_up(database: Database, shop: str, job: str, worker: str, rng: random.Random) -> None:
    with database.work() as work:
        found = take(work, job, QUEUED, worker=worker, limit=8)
        sequences = [item.sequence for item in found]
    with database.work() as work:
        rng.shuffle(sequences)
        work.jobs.hold(sequences, worker=worker, until=NOW + 60 * SECOND)
    with database.work() as work:
        if rng.random() < 0.5:
            work.jobs.release(worker=worker)
        else:
            work.jobs.bury(worker_prefix=worker, now=NOW + timedelta(hours=1), max_crashes=99)
    with database.read() as work:
        work.jobs.due(now=NOW)
