"""Claims of the ledger's items: taken, renewed, given back, and run out when a worker died."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, select

from services.core.db import ledger_rows
from services.core.db.columns import EPOCH
from services.core.db.inserting import chunks
from services.core.db.items import UNCLAIMED, SqlItems
from services.core.db.ledger_rows import PENDING
from services.core.db.tables import items, jobs
from services.core.types.jobs import Item, ItemError, ItemState

_CRASHED: Final = ItemError(
    "worker_crashed", "every worker that had it in hand died; it may be what they died of"
)


class SqlClaims(SqlItems):
    """The part of `ports.ledger.JobStore` that is about who has which item."""

    def claim(
        self,
        job_id: str,
        state: ItemState,
        *,
        limit: int,
        worker: str,
        now: datetime,
        lease_s: float,
        max_crashes: int,
    ) -> list[Item]:
        if state.finished:
            raise ValueError(f"an item that is {state} cannot be claimed")
        self._lock_jobs([job_id])
        theirs = (items.c.job_id == job_id, items.c.state == state)
        # Whatever nobody has yet is ready since EPOCH: only what was claimed or put off is looked
        # through here, not a queue of a hundred thousand.
        touched = (items.c.ready_at > EPOCH, items.c.ready_at <= now)
        run_out = (*theirs, *touched, items.c.claimed_by.is_not(None))
        self._count_crashes(run_out, now=now, max_crashes=max_crashes)
        due = (*theirs, items.c.ready_at <= now)
        found = self._take(*due, items.c.crashes == 0, limit=limit)
        if not found and not self._has_suspect(worker, now=now):
            found = self._take(*due, items.c.crashes > 0, limit=1)
        return self._claimed(found, worker=worker, until=now + timedelta(seconds=lease_s))

    def reclaim(
        self, sequences: Sequence[int], *, worker: str, now: datetime, lease_s: float
    ) -> list[Item]:
        free = (items.c.claimed_by.is_(None), items.c.state.in_(PENDING))
        found: list[Row[Any]] = []
        for some in chunks(sequences):
            found += self._take(items.c.sequence.in_(some), *free, limit=len(some))
        return self._claimed(found, worker=worker, until=now + timedelta(seconds=lease_s))

    def hold(self, sequences: Sequence[int], *, worker: str, until: datetime) -> None:
        for some in chunks(sequences):
            held = (
                select(items.c.sequence)
                .where(
                    items.c.sequence.in_(some),
                    items.c.state.in_(PENDING),
                    items.c.claimed_by == worker,
                )
                .order_by(items.c.sequence)
                .with_for_update(skip_locked=True)  # what is being finished needs no longer lease
            )
            self._change(self._connection.execute(held).scalars().all(), {"ready_at": until})

    def pending(self, sequences: Sequence[int], *, worker: str | None = None) -> set[int]:
        return self._pending(sequences, worker, locked=False)

    def lock_pending(self, sequences: Sequence[int], *, worker: str | None = None) -> set[int]:
        owners: set[str] = set()
        for some in chunks(sequences):
            theirs = select(items.c.job_id).where(items.c.sequence.in_(some)).distinct()
            owners.update(self._connection.execute(theirs).scalars())
        self._lock_jobs(owners)
        return self._pending(sorted(sequences), worker, locked=True)

    def half_written(self) -> list[Item]:
        wanted = select(items).where(
            items.c.state == ItemState.PREPARED,
            items.c.crashes > 0,
            items.c.claimed_by.is_(None),
        )
        rows = self._connection.execute(wanted.order_by(items.c.sequence))
        return [ledger_rows.item(row) for row in rows]

    def release(self, *, worker: str) -> int:
        mine = (items.c.claimed_by == worker, items.c.state.in_(PENDING))
        wanted = select(items.c.sequence).where(*mine).order_by(items.c.sequence).with_for_update()
        found = self._connection.execute(wanted).scalars().all()
        self._change(found, UNCLAIMED)
        return len(found)

    def bury(self, *, worker_prefix: str, now: datetime, max_crashes: int) -> int:
        theirs = _claimed_by(worker_prefix)
        owners = select(items.c.job_id).where(*theirs).distinct()
        self._lock_jobs(self._connection.execute(owners).scalars().all())
        return self._count_crashes(theirs, now=now, max_crashes=max_crashes)

    def due_in_s(self, job_id: str, state: ItemState, *, now: datetime) -> float | None:
        first = select(func.min(items.c.ready_at)).where(
            items.c.job_id == job_id, items.c.state == state
        )
        ready_at = self._connection.execute(first).scalar()
        return None if ready_at is None else max(0.0, (ready_at - now).total_seconds())

    def _lock_jobs(self, job_ids: Collection[str]) -> None:
        for some in chunks(sorted(job_ids)):
            wanted = select(jobs.c.id).where(jobs.c.id.in_(some)).order_by(jobs.c.id)
            self._connection.execute(wanted.with_for_update()).all()

    def _take(self, *where: ColumnElement[bool], limit: int) -> Sequence[Row[Any]]:
        # What nobody had yet is ready since EPOCH, so the oldest come first, as in the index.
        oldest = select(items).where(*where).order_by(items.c.ready_at, items.c.sequence)
        wanted = oldest.limit(limit).with_for_update(skip_locked=True)
        return sorted(self._connection.execute(wanted), key=lambda row: row.sequence)

    def _claimed(self, found: Sequence[Row[Any]], *, worker: str, until: datetime) -> list[Item]:
        lease = {"claimed_by": worker, "ready_at": until}
        self._change([row.sequence for row in found], lease)
        return [ledger_rows.item(row, claimed_by=worker) for row in found]

    def _has_suspect(self, worker: str, *, now: datetime) -> bool:
        """Whether the worker's process has an item that others died with.

        Two of them in one process would die together, and the sound one with the other for ever.
        """
        process = worker[: worker.rfind("/") + 1] or worker
        theirs = (*_claimed_by(process), items.c.crashes > 0, items.c.ready_at > now)
        wanted = select(items.c.sequence).where(*theirs, items.c.state.in_(PENDING)).limit(1)
        return self._connection.execute(wanted).first() is not None

    def _pending(self, sequences: Sequence[int], worker: str | None, *, locked: bool) -> set[int]:
        found: set[int] = set()
        for some in chunks(sequences):
            wanted = select(items.c.sequence).where(
                items.c.sequence.in_(some), items.c.state.in_(PENDING)
            )
            if worker is not None:
                wanted = wanted.where(items.c.claimed_by == worker)
            if locked:
                wanted = wanted.order_by(items.c.sequence).with_for_update()
            found.update(self._connection.execute(wanted).scalars())
        return found

    def _count_crashes(
        self, theirs: Sequence[ColumnElement[bool]], *, now: datetime, max_crashes: int
    ) -> int:
        """Drop claims of the dead; fail the items that had too many. Their jobs are locked."""
        wanted = (
            select(items.c.sequence, items.c.job_id, items.c.state, items.c.crashes)
            .where(*theirs, items.c.state.in_(PENDING))
            .order_by(items.c.sequence)
            .with_for_update(skip_locked=True)
        )
        found = self._connection.execute(wanted).all()
        counted = {"crashes": items.c.crashes + 1, **UNCLAIMED}
        self._change([row.sequence for row in found], counted)
        over = [row for row in found if row.crashes + 1 >= max_crashes]
        failed = {"state": ItemState.FAILED, "updated_at": now}
        self._change([row.sequence for row in over], failed | ledger_rows.error_values(_CRASHED))
        moved = Counter((row.job_id, ItemState(row.state)) for row in over)
        for (job_id, state), count in moved.items():
            self._count(job_id, {state: -count, ItemState.FAILED: count})
        return len(found)


def _claimed_by(worker_prefix: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    first, last = worker_prefix, worker_prefix + "\U0010ffff"
    return items.c.claimed_by >= first, items.c.claimed_by < last
