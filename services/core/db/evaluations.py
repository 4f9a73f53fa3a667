"""The ledger of evaluations."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from services.core.db import evaluation_rows
from services.core.db.inserting import insert_into
from services.core.db.insight_tables import evaluation_parts, evaluations
from services.core.errors import Conflict, NotFound
from services.core.types.evaluations import (
    Evaluation,
    EvaluationError,
    EvaluationRequest,
    EvaluationState,
)

_OPEN: Final = (EvaluationState.QUEUED, EvaluationState.RUNNING)
_CRASHED: Final = EvaluationError(
    "worker_crashed", "the processes that measured it ended before they were done, again and again"
)
_COLUMNS: Final = [column for column in evaluations.columns if column.name != "report"]


class SqlEvaluations:
    """`ports.evaluations.EvaluationStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(
        self, evaluation_id: str, request: EvaluationRequest, *, total: int, now: datetime
    ) -> None:
        self._connection.execute(
            insert(evaluations).values(
                id=evaluation_id,
                state=EvaluationState.QUEUED,
                request=evaluation_rows.dump(request),
                done=0,
                total=total,
                failures=0,
                ready_at=now,
                created_at=now,
            )
        )

    def get(self, evaluation_id: str) -> Evaluation:
        row = self._row(evaluation_id)
        if row is None:
            raise _absent(evaluation_id)
        return evaluation_rows.evaluation(row)

    def page(
        self, *, states: tuple[EvaluationState, ...], before: str | None, limit: int
    ) -> list[Evaluation]:
        wanted = select(*_COLUMNS).order_by(evaluations.c.id.desc()).limit(limit)
        if states:
            wanted = wanted.where(evaluations.c.state.in_(states))
        if before is not None:
            wanted = wanted.where(evaluations.c.id < before)
        return [evaluation_rows.evaluation(row) for row in self._connection.execute(wanted)]

    def report(self, evaluation_id: str) -> Mapping[str, Any] | None:
        self.get(evaluation_id)
        wanted = select(evaluations.c.report).where(evaluations.c.id == evaluation_id)
        found: Mapping[str, Any] | None = self._connection.execute(wanted).scalar()
        return found

    def ids(self) -> set[str]:
        return set(self._connection.execute(select(evaluations.c.id)).scalars())

    def due(self, *, now: datetime) -> list[str]:
        wanted = (
            select(evaluations.c.id)
            .where(evaluations.c.state.in_(_OPEN), evaluations.c.ready_at <= now)
            .order_by(evaluations.c.id)
        )
        return list(self._connection.execute(wanted).scalars())

    def claim(
        self, evaluation_id: str, *, worker: str, now: datetime, lease_s: float, limit: int
    ) -> Evaluation | None:
        row = self._row(evaluation_id, lock=True)
        if row is None or row.state not in _OPEN or row.ready_at > now:
            return None
        died = row.claimed_by is not None
        failures = row.failures + died
        if died and failures >= limit:
            self._end(evaluation_id, EvaluationState.FAILED, now=now, error=_CRASHED)
            return None
        self._set(
            evaluation_id,
            state=EvaluationState.RUNNING,
            claimed_by=worker,
            ready_at=now + timedelta(seconds=lease_s),
            failures=failures,
            started_at=row.started_at or now,
        )
        return self.get(evaluation_id)

    def hold(self, evaluation_id: str, *, worker: str, until: datetime) -> bool:
        held = update(evaluations).where(_mine(evaluation_id, worker)).values(ready_at=until)
        return self._connection.execute(held).rowcount == 1

    def put_part(
        self, evaluation_id: str, part: str, result: Any, *, worker: str, done: int
    ) -> bool:
        on = update(evaluations).where(_mine(evaluation_id, worker)).values(done=done, failures=0)
        if self._connection.execute(on).rowcount == 0:
            return False
        new = insert_into(self._connection.dialect.name, evaluation_parts).values(
            evaluation_id=evaluation_id, part=part, result=result
        )
        replaced = new.on_conflict_do_update(
            index_elements=["evaluation_id", "part"], set_={"result": new.excluded.result}
        )
        self._connection.execute(replaced)
        return True

    def part_names(self, evaluation_id: str) -> set[str]:
        wanted = select(evaluation_parts.c.part).where(
            evaluation_parts.c.evaluation_id == evaluation_id
        )
        return set(self._connection.execute(wanted).scalars())

    def parts(self, evaluation_id: str) -> dict[str, Any]:
        wanted = select(evaluation_parts.c.part, evaluation_parts.c.result).where(
            evaluation_parts.c.evaluation_id == evaluation_id
        )
        return {row.part: row.result for row in self._connection.execute(wanted)}

    def release(self, evaluation_id: str, *, worker: str, until: datetime) -> None:
        free = {"claimed_by": None, "ready_at": until}
        self._connection.execute(
            update(evaluations).where(_mine(evaluation_id, worker)).values(free)
        )

    def note_failure(
        self,
        evaluation_id: str,
        error: EvaluationError,
        *,
        worker: str,
        now: datetime,
        until: datetime,
        limit: int,
    ) -> bool:
        row = self._row(evaluation_id, lock=True)
        if row is None or row.state != EvaluationState.RUNNING or row.claimed_by != worker:
            return False
        if row.failures + 1 >= limit:
            self._end(evaluation_id, EvaluationState.FAILED, now=now, error=error)
            return True
        self._set(evaluation_id, claimed_by=None, ready_at=until, failures=row.failures + 1)
        return False

    def succeed(
        self, evaluation_id: str, report: Mapping[str, Any], *, worker: str, now: datetime
    ) -> bool:
        row = self._row(evaluation_id, lock=True)
        if row is None or row.state != EvaluationState.RUNNING or row.claimed_by != worker:
            return False
        self._end(evaluation_id, EvaluationState.SUCCEEDED, now=now)
        self._set(evaluation_id, report=report, done=row.total)
        return True

    def fail(
        self, evaluation_id: str, error: EvaluationError, *, worker: str, now: datetime
    ) -> None:
        row = self._row(evaluation_id, lock=True)
        if row is not None and row.claimed_by == worker and row.state == EvaluationState.RUNNING:
            self._end(evaluation_id, EvaluationState.FAILED, now=now, error=error)

    def cancel(self, evaluation_id: str, *, now: datetime) -> None:
        row = self._row(evaluation_id, lock=True)
        if row is None:
            raise _absent(evaluation_id)
        if row.state not in _OPEN:
            raise Conflict(f"evaluation {evaluation_id} has {row.state}: nothing is left to cancel")
        self._end(evaluation_id, EvaluationState.CANCELLED, now=now)

    def remove(self, evaluation_id: str) -> None:
        row = self._row(evaluation_id, lock=True)
        if row is None:
            raise _absent(evaluation_id)
        if row.state in _OPEN:
            raise Conflict(f"evaluation {evaluation_id} is still {row.state}; cancel it first")
        self._connection.execute(delete(evaluations).where(evaluations.c.id == evaluation_id))

    def bury(self, *, worker_prefix: str, now: datetime, limit: int) -> int:
        begins = evaluations.c.claimed_by.startswith(worker_prefix, autoescape=True)
        wanted = select(evaluations.c.id, evaluations.c.failures).where(
            evaluations.c.state == EvaluationState.RUNNING, begins
        )
        rows = self._connection.execute(wanted).all()
        for row in rows:
            if row.failures + 1 >= limit:
                self._end(row.id, EvaluationState.FAILED, now=now, error=_CRASHED)
            else:
                self._set(row.id, claimed_by=None, ready_at=now, failures=row.failures + 1)
        return len(rows)

    def _row(self, evaluation_id: str, *, lock: bool = False) -> Row[Any] | None:
        wanted = select(*_COLUMNS).where(evaluations.c.id == evaluation_id)
        return self._connection.execute(wanted.with_for_update() if lock else wanted).first()

    def _end(
        self,
        evaluation_id: str,
        state: EvaluationState,
        *,
        now: datetime,
        error: EvaluationError | None = None,
    ) -> None:
        """Nothing goes on from its parts any more."""
        self._connection.execute(
            delete(evaluation_parts).where(evaluation_parts.c.evaluation_id == evaluation_id)
        )
        self._set(
            evaluation_id,
            state=state,
            claimed_by=None,
            finished_at=now,
            error_code=None if error is None else error.code,
            error_detail=None if error is None else error.detail,
        )

    def _set(self, evaluation_id: str, **values: Any) -> None:
        self._connection.execute(
            update(evaluations).where(evaluations.c.id == evaluation_id).values(**values)
        )


def _mine(evaluation_id: str, worker: str) -> ColumnElement[bool]:
    return and_(
        evaluations.c.id == evaluation_id,
        evaluations.c.claimed_by == worker,
        evaluations.c.state == EvaluationState.RUNNING,
    )


def _absent(evaluation_id: str) -> NotFound:
    return NotFound(f"evaluation {evaluation_id!r} does not exist")
