"""Taking a job's items in turn, keeping them while they are worked on, and giving them back."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from services.core import leases
from services.core.errors import MargayError, NotFound
from services.core.ports import Ports, UnitOfWork
from services.core.queue import names
from services.core.types.jobs import Item, ItemState

logger: Final = logging.getLogger(__name__)

TASKS: Final = {
    ItemState.QUEUED: names.INGEST_PREPARE,
    ItemState.PREPARED: names.INGEST_EMBED,
}
"""The task that brings on an item in a state."""
AGAIN_S: Final = 1.0
"""When to look again for what is due and cannot be had now (an item that another died with)."""


class Interrupted(Exception):
    """The process is to end: what is in hand goes back, for others to take at once."""


def batches(ports: Ports, job_id: str, state: ItemState) -> Iterator[list[Item]]:
    """Claim batch after batch until nothing is due, then settle the job.

    Ends early when its queue is paused, and when the task is to make way or the process to end:
    what is due is sent again. Work on each batch `in_hand`.
    """
    worker = _worker(ports)
    while not making_way(ports):
        with ports.database.work() as work:
            now = ports.clock()
            if paused(work, TASKS[state]):
                return
            try:
                work.jobs.start(job_id, now=now)
                items = work.jobs.claim(
                    job_id,
                    state,
                    limit=ports.settings.ingest.batch_items,
                    worker=worker,
                    now=now,
                    lease_s=ports.settings.ingest.lease_s,
                    max_crashes=ports.settings.workers.max_crashes,
                )
                if not items:
                    work.jobs.settle(job_id, now=now)
            except NotFound:
                return  # the index was deleted, and its jobs with it
            if not items and work.jobs.due_in_s(job_id, state, now=now) == 0:
                work.enqueue(TASKS[state], delay_s=AGAIN_S, job_id=job_id)
        if not items:
            return
        yield items


@contextmanager
def in_hand(ports: Ports, items: Sequence[Item]) -> Iterator[None]:
    """Keep a batch that was claimed while it is worked on, however long that takes.

    What is left of it after an error goes back without counting as a crash; so it does, and the
    error ends here, when it was Interrupted.
    """
    try:
        with _kept(ports, items):
            yield
    except Interrupted:
        _give_back(ports, items)
    except Exception:
        _give_back(ports, items)
        raise


def making_way(ports: Ports) -> bool:
    """Whether the task is to end behind what is committed."""
    return ports.yielding() or ports.stopping()


def go_on(ports: Ports) -> None:
    """Look, within a batch, whether the process is to end. Raises Interrupted if it is."""
    if ports.stopping():
        raise Interrupted


def paused(work: UnitOfWork, task: str) -> bool:
    """Whether an operator has paused the queue of a task."""
    return names.QUEUES[task] in work.queues.paused()


def left_by_the_dead(ports: Ports) -> Iterator[list[Item]]:
    """Bury the workers of this process's last run; claim what they had prepared, batch by batch.

    Call it before any worker starts. Batches of one job each; an item that has but one crash left
    is alone in its batch. What had too many has failed.
    """
    most = ports.settings.workers.max_crashes
    with ports.database.work() as work:
        work.jobs.bury(worker_prefix=ports.worker, now=ports.clock(), max_crashes=most)
        cut_short = work.jobs.half_written()
    together: dict[str, list[int]] = {}
    alone: list[list[int]] = []
    for item in cut_short:
        if item.crashes + 1 < most:
            together.setdefault(item.job_id, []).append(item.sequence)
        else:
            alone.append([item.sequence])
    worker = _worker(ports)
    # Each batch is claimed when its turn comes: what still waits does not die with the one before.
    for sequences in (*together.values(), *alone):
        with ports.database.work() as work:
            found = work.jobs.reclaim(
                sequences,
                worker=worker,
                now=ports.clock(),
                lease_s=ports.settings.ingest.lease_s,
            )
        if found:
            yield found


def _worker(ports: Ports) -> str:
    return f"{ports.worker}{secrets.token_hex(8)}"


def _kept(ports: Ports, items: Sequence[Item]) -> AbstractContextManager[None]:
    sequences = [item.sequence for item in items]
    worker = items[0].claimed_by or ""
    return leases.kept(
        ports, lambda work, until: work.jobs.hold(sequences, worker=worker, until=until)
    )


def _give_back(ports: Ports, items: Sequence[Item]) -> None:
    try:
        with ports.database.work() as work:
            work.jobs.release(worker=items[0].claimed_by or "")
    except MargayError as error:
        logger.warning("claims.not_given_back: %s", error)  # others have them after the lease
