"""The items of the ledger: appended, claimed, moved from state to state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Update, bindparam, func, insert, select, update

from services.core.db import ledger_rows
from services.core.db.columns import EPOCH
from services.core.db.inserting import chunks, insert_into
from services.core.db.ledger_rows import PENDING, UNFINISHED
from services.core.db.tables import instance, item_media, items, jobs
from services.core.errors import Conflict, NotFound
from services.core.types.documents import Json
from services.core.types.jobs import Item, ItemError, ItemState

UNCLAIMED = {"claimed_by": None, "ready_at": EPOCH}
"""Columns of an item that anybody may take at once."""
# These run for every item; putting a statement together costs more than running it.
_ONE: Final = (
    select(items.c.job_id, items.c.state)
    .where(items.c.sequence == bindparam("one"))
    .with_for_update()
)
_CHANGE_ONE: Final = update(items).where(items.c.sequence == bindparam("one"))


@cache
def _move_one(before: str, after: str) -> Update:
    moved = {before: jobs.c[before] - 1, after: jobs.c[after] + 1}
    return update(jobs).where(jobs.c.id == bindparam("job")).values(moved)


class SqlItems:
    """The part of `ports.stores.JobStore` that is about items; `SqlJobs` adds the jobs."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_items(
        self, job_id: str, documents: Sequence[tuple[str, Mapping[str, Json]]], *, now: datetime
    ) -> None:
        self._append(job_id, documents, ItemState.QUEUED, error=None, now=now)

    def add_failed_item(
        self,
        job_id: str,
        document_id: str,
        payload: Mapping[str, Json],
        *,
        error: ItemError,
        now: datetime,
    ) -> None:
        self._append(job_id, [(document_id, payload)], ItemState.FAILED, error=error, now=now)

    def next_sequence(self) -> int:
        return self._take_sequences(1)

    def items(
        self, job_id: str, *, state: ItemState | None, after: int | None, limit: int
    ) -> list[Item]:
        wanted = select(items).where(items.c.job_id == job_id)
        if state is not None:
            wanted = wanted.where(items.c.state == state)
        if after is not None:
            wanted = wanted.where(items.c.sequence > after)
        rows = self._connection.execute(wanted.order_by(items.c.sequence).limit(limit))
        return [ledger_rows.item(row) for row in rows]

    def claim(
        self,
        job_id: str,
        state: ItemState,
        *,
        limit: int,
        worker: str,
        now: datetime,
        lease_s: float,
    ) -> list[Item]:
        if state.finished:
            raise ValueError(f"an item that is {state} cannot be claimed")
        due = (
            select(items)
            .where(items.c.job_id == job_id, items.c.state == state, items.c.ready_at <= now)
            .order_by(items.c.sequence)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = [ledger_rows.item(row) for row in self._connection.execute(due)]
        lease = {"claimed_by": worker, "ready_at": now + timedelta(seconds=lease_s)}
        self._change([item.sequence for item in found], lease)
        return found

    def hold(self, sequences: Sequence[int], *, until: datetime) -> None:
        for some in chunks(sequences):
            held = update(items).where(
                items.c.sequence.in_(some),
                items.c.state.in_(PENDING),
                items.c.claimed_by.is_not(None),
            )
            self._connection.execute(held.values(ready_at=until))

    def unwritten(self, index: str, document_ids: Sequence[str]) -> list[Mapping[str, Json]]:
        found: list[Mapping[str, Json]] = []
        for some in chunks(document_ids):
            wanted = select(items.c.prepared).where(
                items.c.index_name == index,
                items.c.document_id.in_(some),
                items.c.state != ItemState.SUCCEEDED,
                items.c.prepared.is_not(None),
            )
            found.extend(self._connection.execute(wanted).scalars())
        return found

    def mark_prepared(self, sequence: int, prepared: Mapping[str, Json], *, now: datetime) -> None:
        if self._finish_step(sequence, ItemState.PREPARED, now=now, prepared=dict(prepared)):
            self._hold_media([(sequence, prepared)])

    def mark_succeeded(self, sequence: int, *, now: datetime) -> None:
        self._finish_step(sequence, ItemState.SUCCEEDED, now=now)

    def mark_failed(self, sequence: int, error: ItemError, *, now: datetime) -> None:
        self._finish_step(sequence, ItemState.FAILED, now=now, error=error)

    def defer(self, sequence: int, error: ItemError, *, until: datetime) -> None:
        values = {
            "attempts": items.c.attempts + 1,
            "ready_at": until,
            "claimed_by": None,
            **ledger_rows.error_values(error),
        }
        self._connection.execute(
            update(items)
            .where(items.c.sequence == sequence, items.c.state.in_(PENDING))
            .values(values)
        )

    def pending(self, sequences: Sequence[int]) -> set[int]:
        found: set[int] = set()
        for some in chunks(sequences):
            wanted = select(items.c.sequence).where(
                items.c.sequence.in_(some), items.c.state.in_(PENDING)
            )
            found.update(self._connection.execute(wanted).scalars())
        return found

    def held(self, *, worker_prefix: str) -> list[Item]:
        prepared = items.c.state == ItemState.PREPARED
        wanted = select(items).where(*_claimed_by(worker_prefix), prepared)
        rows = self._connection.execute(wanted.order_by(items.c.sequence))
        return [ledger_rows.item(row) for row in rows]

    def release(self, *, worker_prefix: str) -> int:
        theirs = (*_claimed_by(worker_prefix), items.c.state.in_(PENDING))
        return self._connection.execute(update(items).where(*theirs).values(UNCLAIMED)).rowcount

    def pending_job(self, index: str, document_id: str) -> str | None:
        wanted = (
            select(items.c.job_id)
            .where(
                items.c.index_name == index,
                items.c.document_id == document_id,
                items.c.state.in_(PENDING),
            )
            .order_by(items.c.sequence)
            .limit(1)
        )
        return self._connection.execute(wanted).scalar()

    def due_in_s(self, job_id: str, state: ItemState, *, now: datetime) -> float | None:
        first = select(func.min(items.c.ready_at)).where(
            items.c.job_id == job_id, items.c.state == state
        )
        ready_at = self._connection.execute(first).scalar()
        return None if ready_at is None else max(0.0, (ready_at - now).total_seconds())

    def _append(
        self,
        job_id: str,
        documents: Sequence[tuple[str, Mapping[str, Json]]],
        state: ItemState,
        *,
        error: ItemError | None,
        now: datetime,
    ) -> None:
        job = self._open_job(job_id)
        if not documents:
            return
        last = self._take_sequences(len(documents))
        first = last - len(documents) + 1
        ordinal = sum(getattr(job, each) for each in ItemState)
        rows = [
            {
                "sequence": first + place,
                "job_id": job_id,
                "index_name": job.index_name,
                "ordinal": ordinal + place,
                "document_id": document_id,
                "state": state,
                "attempts": 0,
                "payload": dict(payload),
                "updated_at": now,
                **UNCLAIMED,
                **ledger_rows.error_values(error),
            }
            for place, (document_id, payload) in enumerate(documents)
        ]
        self._connection.execute(insert(items), rows)
        self._count(job_id, {state: len(documents)})
        self._hold_media([(first + place, each[1]) for place, each in enumerate(documents)])

    def _open_job(self, job_id: str) -> Any:
        wanted = select(jobs).where(jobs.c.id == job_id).with_for_update()
        job = self._connection.execute(wanted).first()
        if job is None:
            raise NotFound(f"job {job_id!r} does not exist")
        if job.state not in UNFINISHED:
            raise Conflict(f"job {job_id!r} has finished ({job.state})")
        return job

    def _take_sequences(self, count: int) -> int:
        """Take this many numbers; returns the last."""
        taken = (
            update(instance)
            .values(last_sequence=instance.c.last_sequence + count)
            .returning(instance.c.last_sequence)
        )
        return int(self._connection.execute(taken).scalar_one())

    def _finish_step(
        self,
        sequence: int,
        state: ItemState,
        *,
        now: datetime,
        error: ItemError | None = None,
        **values: Any,
    ) -> bool:
        """Bring a pending item to a state; False if it is no longer pending (cancelled, done)."""
        row = self._connection.execute(_ONE, {"one": sequence}).first()
        if row is None or row.state not in PENDING:
            return False
        values |= {"state": state, "updated_at": now, **UNCLAIMED}
        values |= ledger_rows.error_values(error)
        self._connection.execute(_CHANGE_ONE, {"one": sequence, **values})
        if row.state != state:
            self._connection.execute(_move_one(row.state, str(state)), {"job": row.job_id})
        return True

    def _change(self, sequences: Sequence[int], values: Mapping[str, Any]) -> None:
        for some in chunks(sequences):
            self._connection.execute(update(items).where(items.c.sequence.in_(some)).values(values))

    def _count(self, job_id: str, changes: Mapping[ItemState, int]) -> None:
        changed = {str(state): jobs.c[state] + change for state, change in changes.items()}
        self._connection.execute(update(jobs).where(jobs.c.id == job_id).values(changed))

    def _hold_media(self, held: Sequence[tuple[int, Mapping[str, Json]]]) -> None:
        rows = [
            {"sequence": sequence, "media_id": media_id}
            for sequence, payload in held
            for media_id in ledger_rows.media_of(payload)
        ]
        if rows:
            new = insert_into(self._connection.dialect.name, item_media)
            self._connection.execute(new.on_conflict_do_nothing(), rows)


def _claimed_by(worker_prefix: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    first, last = worker_prefix, worker_prefix + "\U0010ffff"
    return items.c.claimed_by >= first, items.c.claimed_by < last
