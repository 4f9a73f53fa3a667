"""What becomes of an item that did not get through: failed for good, or due again later."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Final

from services.core.errors import FetchFailed, MargayError, MediaRefused
from services.core.ports import Ports, UnitOfWork
from services.core.types.jobs import Item, ItemError
from services.ingest.claims import TASKS

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 300.0
MAX_DETAIL: Final = 1000


class ItemFailed(Exception):
    """An item cannot be done and trying again would not help, unless it may be `passing`."""

    passing: ClassVar[bool] = False

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.error = ItemError(code, detail[:MAX_DETAIL])


class BytesMissing(ItemFailed):
    """What we stored is not where it lies: for good, or because a store does not show all it has.

    A folder that is not mounted and a bucket that is being restored look just like that.
    """

    passing = True


def reason(error: MargayError | ItemFailed) -> ItemError:
    """Name an error the way the ledger does."""
    if isinstance(error, ItemFailed):
        return error.error
    code = error.reason if isinstance(error, MediaRefused) else error.code
    return ItemError(code, error.detail[:MAX_DETAIL])


def pause_s(attempts: int) -> float:
    """How long to wait after this many tries: doubling, with jitter, at most five minutes."""
    growing = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempts, 20))
    return growing * random.uniform(0.5, 1.0)


def record(work: UnitOfWork, ports: Ports, item: Item, error: MargayError | ItemFailed) -> None:
    """Fail the item, or put it off when the cause may pass.

    A remote address and bytes that are missing get `max_attempts` tries. A part of ours that is
    down or full gets as many as it takes: what was acknowledged is not given up for an outage.
    """
    now = ports.clock()
    passing = error.retryable if isinstance(error, MargayError) else error.passing
    tries_left = item.attempts + 1 < ports.settings.ingest.max_attempts
    if passing and (tries_left or not isinstance(error, FetchFailed | ItemFailed)):
        wait_s = pause_s(item.attempts)
        until = now + timedelta(seconds=wait_s)
        work.jobs.defer(item.sequence, reason(error), until=until)
        work.enqueue(TASKS[item.state], delay_s=wait_s, job_id=item.job_id)
    else:
        work.jobs.mark_failed(item.sequence, reason(error), now=now)


def record_all(ports: Ports, items: Sequence[Item], error: MargayError | ItemFailed) -> None:
    """Record one outcome for a whole batch of one job, but for what was taken over meanwhile."""
    with ports.database.work() as work:
        sequences = [item.sequence for item in items]
        still = work.jobs.lock_pending(sequences, worker=items[0].claimed_by)
        for item in items:
            if item.sequence in still:
                record(work, ports, item, error)
        if still:
            work.jobs.settle(items[0].job_id, now=ports.clock())
