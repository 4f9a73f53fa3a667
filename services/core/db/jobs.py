"""The jobs of the ledger: begun, counted, ended, cancelled, tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, case, false, func, insert, or_, select, update

from services.core.db import ledger_rows
from services.core.db.claims import SqlClaims
from services.core.db.inserting import chunks
from services.core.db.items import PROGRESS, UNCLAIMED
from services.core.db.ledger_rows import PENDING, UNFINISHED
from services.core.db.tables import items, jobs
from services.core.errors import Conflict, NotFound
from services.core.types.documents import Json
from services.core.types.jobs import Due, ItemError, ItemState, Job, JobKind, JobState

LONGEST_PAUSE_S: Final = 300.0


class SqlJobs(SqlClaims):
    """`ports.ledger.JobStore` on a connection."""

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
        values = {"cursor": cursor} if done is None else {"cursor": cursor, "done": done}
        self._set(job_id, **values, **PROGRESS)

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
        wanted = [self._to_be_done(index, some) for some in chunks(document_ids)]
        for theirs in wanted:
            owners = select(items.c.job_id).where(*theirs).distinct()
            touched.update(self._connection.execute(owners).scalars())
        self._lock_jobs(touched)  # from here on what is counted stays as it is
        for theirs in wanted:
            # One that came since then is left: the deletion's number, taken later, outdoes it.
            mine = (*theirs, items.c.job_id.in_(sorted(touched)))
            per_job = select(items.c.job_id, items.c.state, func.count()).where(*mine)
            counted = self._connection.execute(per_job.group_by(items.c.job_id, items.c.state))
            for job_id, state, count in counted.all():
                self._count(job_id, {ItemState(state): -count, ItemState.CANCELLED: count})
            self._connection.execute(update(items).where(*mine).values(_cancelled(now)))
        for job_id in sorted(touched):
            self.settle(job_id, now=now)

    def retry_failed(self, job_id: str, *, now: datetime) -> int:
        job = ledger_rows.job(self._row(job_id, locked=True))
        again = {
            "state": ItemState.QUEUED,
            "attempts": 0,
            "crashes": 0,
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
        self._set(job_id, state=state, finished_at=None, **PROGRESS)
        return count

    def due(self, *, now: datetime) -> list[Due]:
        def some(state: ItemState) -> ColumnElement[bool]:
            # The first in the index. EXISTS would let a server read all items of all jobs instead.
            theirs = (items.c.job_id == jobs.c.id, items.c.state == state)
            first = select(func.min(items.c.ready_at)).where(*theirs).scalar_subquery()
            return func.coalesce(first <= now, false())

        wanted = select(
            jobs.c.id,
            jobs.c.kind,
            jobs.c.expanded,
            some(ItemState.QUEUED).label("queued"),
            some(ItemState.PREPARED).label("prepared"),
            (jobs.c.queued + jobs.c.prepared > 0).label("left"),
        ).where(jobs.c.state.in_(UNFINISHED), or_(jobs.c.due_at.is_(None), jobs.c.due_at <= now))
        rows = self._connection.execute(wanted.order_by(jobs.c.id))
        return [each for each in map(ledger_rows.due, rows) if not _only_waits(each)]

    def waiting(self) -> Mapping[ItemState, int]:
        rebuilt = case((jobs.c.kind == JobKind.REBUILD, jobs.c.total - jobs.c.done), else_=0)
        wanted = select(
            func.coalesce(func.sum(jobs.c.queued), 0),
            func.coalesce(func.sum(jobs.c.prepared + rebuilt), 0),
        ).where(jobs.c.state.in_(UNFINISHED))
        queued, prepared = self._connection.execute(wanted).one()
        return {ItemState.QUEUED: int(queued), ItemState.PREPARED: int(prepared)}

    def note_failure(
        self, job_id: str, error: ItemError, *, now: datetime, pause_s: float, limit: int
    ) -> bool:
        row = self._row(job_id, locked=True)
        if row.state not in UNFINISHED:
            return False
        failures = row.failures + 1
        if failures >= limit:
            self._end(job_id, JobState.FAILED, error=error, now=now, items_end=ItemState.FAILED)
            self._set(job_id, failures=failures, due_at=None)
            return True
        pause_s = min(LONGEST_PAUSE_S, pause_s * 2.0 ** min(row.failures, 30))
        due_at = now + timedelta(seconds=pause_s)
        self._set(job_id, failures=failures, due_at=due_at, **ledger_rows.error_values(error))
        return False

    def put_off(self, job_id: str, *, until: datetime) -> None:
        self._set(job_id, due_at=until)

    def _end(
        self,
        job_id: str,
        state: JobState,
        *,
        error: ItemError | None,
        now: datetime,
        items_end: ItemState = ItemState.CANCELLED,
    ) -> int:
        """End a job; nothing of it stays to be done. Returns how many items ended with it."""
        mine = (items.c.job_id == job_id, items.c.state.in_(PENDING))
        ended: dict[str, Any] = {"state": items_end, "updated_at": now, **UNCLAIMED}
        if items_end is ItemState.FAILED:
            ended |= ledger_rows.error_values(error)
        count = self._connection.execute(update(items).where(*mine).values(ended)).rowcount
        self._set(
            job_id,
            state=state,
            # A retry of its failures must not read on in a source that was given up.
            expanded=True,
            **{"queued": 0, "prepared": 0, items_end: jobs.c[items_end] + count},
            finished_at=now,
            **ledger_rows.error_values(error),
        )
        return count

    def _to_be_done(
        self, index: str, document_ids: Sequence[str]
    ) -> tuple[ColumnElement[bool], ...]:
        return (
            items.c.index_name == index,
            items.c.document_id.in_(document_ids),
            items.c.state.in_(PENDING),
        )

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


def _only_waits(due: Due) -> bool:
    """Whether all that is to be done is in hand, or put off."""
    items_wait = due.left and not due.queued and not due.prepared
    return items_wait and due.expanded and due.kind is not JobKind.REBUILD


def _outcome(counts: Mapping[ItemState, int]) -> JobState:
    """How a job ended whose items are all finished."""
    if counts[ItemState.FAILED]:
        some = counts[ItemState.SUCCEEDED] > 0
        return JobState.PARTIALLY_SUCCEEDED if some else JobState.FAILED
    if counts[ItemState.CANCELLED] and not counts[ItemState.SUCCEEDED]:
        return JobState.CANCELLED
    return JobState.SUCCEEDED
