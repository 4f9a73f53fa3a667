"""The items of the ledger: appended, listed, moved from state to state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import Connection, Update, bindparam, insert, select, update

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
PROGRESS: Final = {"failures": 0, "due_at": None, "error_code": None, "error_detail": None}
"""Columns of a job that came on: what failed before no longer counts."""
# These run for every item; putting a statement together costs more than running it. The job's row
# is taken before the item's, as everywhere: two that take them the other way round wait for ever.
_JOB_OF_ONE: Final = (
    select(jobs.c.id)
    .where(
        jobs.c.id
        == select(items.c.job_id).where(items.c.sequence == bindparam("one")).scalar_subquery()
    )
    .with_for_update()
)
_ONE: Final = select(items.c.state).where(items.c.sequence == bindparam("one")).with_for_update()
_CHANGE_ONE: Final = update(items).where(items.c.sequence == bindparam("one"))


@cache
def _move_one(before: str, after: str) -> Update:
    moved = {before: jobs.c[before] - 1, after: jobs.c[after] + 1, **PROGRESS}
    return update(jobs).where(jobs.c.id == bindparam("job")).values(moved)


class SqlItems:
    """The part of `ports.ledger.JobStore` that is about items; `SqlJobs` adds the jobs."""

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
        values: dict[str, Any] = {"prepared": dict(prepared), "crashes": 0}
        if self._finish_step(sequence, ItemState.PREPARED, now=now, **values):
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
        """Bring a pending item to a state; False if it is there or over already."""
        job_id = self._connection.execute(_JOB_OF_ONE, {"one": sequence}).scalar()
        before = self._connection.execute(_ONE, {"one": sequence}).scalar()
        if before not in PENDING or before == state:
            return False
        values |= {"state": state, "updated_at": now, **UNCLAIMED}
        values |= ledger_rows.error_values(error)
        self._connection.execute(_CHANGE_ONE, {"one": sequence, **values})
        self._connection.execute(_move_one(before, str(state)), {"job": job_id})
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
