"""The jobs of the ledger: begun, counted, ended, cancelled, tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from services.core.db import ledger_rows
from services.core.db.inserting import chunks
from services.core.db.items import UNCLAIMED, SqlItems
from services.core.db.ledger_rows import PENDING, UNFINISHED
from services.core.db.tables import items, jobs
from services.core.errors import Conflict, NotFound
from services.core.types.documents import Json
from services.core.types.jobs import ItemError, ItemState, Job, JobKind, JobState


class SqlJobs(SqlItems):
    """`ports.stores.JobStore` on a connection."""

    def add(
        self,
        job_id: str,
        *,
        index: str,
        kind: JobKind,
        source: Mapping[str, Json] | None,
        expanded: bool,
        now: datetime,
    ) -> None:
        values = {
            "id": job_id,
            "index_name": index,
            "kind": kind,
            "state": JobState.QUEUED,
            "source": None if source is None else dict(source),
            "expanded": expanded,
            "done": 0,
            "total": 0,
            "created_at": now,
            **{str(state): 0 for state in ItemState},
        }
        try:
            self._connection.execute(insert(jobs).values(values))
        except Conflict as error:
            raise Conflict(f"job {job_id!r} already exists") from error
        except NotFound as error:
            raise NotFound(f"index {index!r} does not exist") from error

    def get(self, job_id: str) -> Job:
        return ledger_rows.job(self._row(job_id))

    def page(
        self, *, index: str | None, states: Sequence[JobState], before: str | None, limit: int
    ) -> list[Job]:
        wanted = select(jobs).order_by(jobs.c.id.desc()).limit(limit)
        if index is not None:
            wanted = wanted.where(jobs.c.index_name == index)
        if states:
            wanted = wanted.where(jobs.c.state.in_(states))
        if before is not None:
            wanted = wanted.where(jobs.c.id < before)
        return [ledger_rows.job(row) for row in self._connection.execute(wanted)]

    def advance(self, job_id: str, *, cursor: str, done: int | None = None) -> None:
        self._set(job_id, cursor=cursor, **({} if done is None else {"done": done}))

    def set_total(self, job_id: str, total: int) -> None:
        self._set(job_id, total=total)

    def mark_expanded(self, job_id: str) -> None:
        self._set(job_id, expanded=True)

    def start(self, job_id: str, *, now: datetime) -> None:
        job = self._row(job_id, locked=True)
        if job.state == JobState.QUEUED:
            started = job.started_at or now
            self._set(job_id, state=JobState.RUNNING, started_at=started)

    def settle(self, job_id: str, *, now: datetime) -> Job:
        job = ledger_rows.job(self._row(job_id, locked=True))
        left = sum(job.counts[state] for state in ItemState if not state.finished)
        if job.state.finished or job.kind is JobKind.REBUILD or not job.expanded or left:
            return job
        self._set(job_id, state=_outcome(job.counts), finished_at=now)
        return self.get(job_id)

    def finish(
        self, job_id: str, state: JobState, *, error: ItemError | None, now: datetime
    ) -> None:
        if not state.finished:
            raise ValueError(f"{state} is no end of a job")
        if not ledger_rows.job(self._row(job_id, locked=True)).state.finished:
            self._end(job_id, state, error=error, now=now)

    def unfinished(self) -> list[Job]:
        wanted = select(jobs).where(jobs.c.state.in_(UNFINISHED)).order_by(jobs.c.id)
        return [ledger_rows.job(row) for row in self._connection.execute(wanted)]

    def cancel(self, job_id: str, *, now: datetime) -> int:
        self._open_job(job_id)
        return self._end(job_id, JobState.CANCELLED, error=None, now=now)

    def cancel_documents(self, index: str, document_ids: Sequence[str], *, now: datetime) -> None:
        touched: set[str] = set()
        for some in chunks(document_ids):
            theirs = (
                items.c.index_name == index,
                items.c.document_id.in_(some),
                items.c.state.in_(PENDING),
            )
            per_job = select(items.c.job_id, items.c.state, func.count()).where(*theirs)
            counted = self._connection.execute(per_job.group_by(items.c.job_id, items.c.state))
            for job_id, state, count in counted.all():
                self._count(job_id, {ItemState(state): -count, ItemState.CANCELLED: count})
                touched.add(job_id)
            self._connection.execute(update(items).where(*theirs).values(_cancelled(now)))
        for job_id in sorted(touched):
            self.settle(job_id, now=now)

    def retry_failed(self, job_id: str, *, now: datetime) -> int:
        job = ledger_rows.job(self._row(job_id, locked=True))
        again = {
            "state": ItemState.QUEUED,
            "attempts": 0,
            "prepared": None,
            "updated_at": now,
            **UNCLAIMED,
            **ledger_rows.error_values(None),
        }
        failed = (items.c.job_id == job_id, items.c.state == ItemState.FAILED)
        count = self._connection.execute(update(items).where(*failed).values(again)).rowcount
        if count == 0:
            return 0
        self._count(job_id, {ItemState.FAILED: -count, ItemState.QUEUED: count})
        state = JobState.QUEUED if job.started_at is None else JobState.RUNNING
        self._set(job_id, state=state, finished_at=None, **ledger_rows.error_values(None))
        return count

    def _end(self, job_id: str, state: JobState, *, error: ItemError | None, now: datetime) -> int:
        """End a job; nothing of it stays to be done. Returns how many items were cancelled."""
        mine = (items.c.job_id == job_id, items.c.state.in_(PENDING))
        count = self._connection.execute(
            update(items).where(*mine).values(_cancelled(now))
        ).rowcount
        self._set(
            job_id,
            state=state,
            # A retry of its failures must not read on in a source that was given up.
            expanded=True,
            queued=0,
            prepared=0,
            cancelled=jobs.c.cancelled + count,
            finished_at=now,
            **ledger_rows.error_values(error),
        )
        return count

    def _row(self, job_id: str, *, locked: bool = False) -> Row[Any]:
        wanted = select(jobs).where(jobs.c.id == job_id)
        row = self._connection.execute(wanted.with_for_update() if locked else wanted).first()
        if row is None:
            raise NotFound(f"job {job_id!r} does not exist")
        return row

    def _set(self, job_id: str, **values: Any) -> None:
        changed = update(jobs).where(jobs.c.id == job_id).values(values)
        if self._connection.execute(changed).rowcount == 0:
            raise NotFound(f"job {job_id!r} does not exist")


def _cancelled(now: datetime) -> dict[str, Any]:
    return {"state": ItemState.CANCELLED, "updated_at": now, **UNCLAIMED}


def _outcome(counts: Mapping[ItemState, int]) -> JobState:
    """How a job ended whose items are all finished."""
    if counts[ItemState.FAILED]:
        some = counts[ItemState.SUCCEEDED] > 0
        return JobState.PARTIALLY_SUCCEEDED if some else JobState.FAILED
    if counts[ItemState.CANCELLED] and not counts[ItemState.SUCCEEDED]:
        return JobState.CANCELLED
    return JobState.SUCCEEDED
