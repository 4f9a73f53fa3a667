"""The figures that operators watch, read off the tables by indexes made for them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, literal_column, select, text

from services.core.db.inserting import insert_into
from services.core.db.ledger_rows import UNFINISHED
from services.core.db.tables import FAILED, WAITING, documents, items, jobs, recall_probes
from services.core.errors import NotFound
from services.core.types.figures import LedgerFigures, RecallProbe, Reference
from services.core.types.jobs import ItemState, JobKind, JobState

_FIELDS: Final = ("generation", "recall", "queries", "views", "took_s", "at")
# As text, not as parameters: SQLite takes a partial index only for the very words it was made with.
_WAITING: Final = text(WAITING)
_OLDEST: Final = {
    state: select(func.min(items.c.updated_at)).where(
        _WAITING, items.c.state == literal_column(f"'{state}'")
    )
    for state in ItemState
    if not state.finished
}
_FAILED: Final = (
    select(items.c.error_code, func.count()).where(text(FAILED)).group_by(items.c.error_code)
)


class SqlFigures:
    """`ports.figures.FigureStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ledger(self) -> LedgerFigures:
        return LedgerFigures(
            jobs=self._jobs(),
            items=self._items(),
            failed={code or "": number for code, number in self._connection.execute(_FAILED)},
            oldest=self._oldest(),
            rebuilding=self._rebuilding(),
        )

    def sample_views(self, index: str, *, count: int, shift: float) -> list[str]:
        live = (
            documents.c.index_name == index,
            documents.c.in_sync.is_(True),
            documents.c.deleted.is_(False),
        )
        total = self._connection.execute(select(func.count()).where(*live)).scalar_one()
        taken = min(count, total)
        wanted = select(documents.c.views).where(*live).order_by(documents.c.id).limit(1)
        found = []
        for number in range(taken):
            place = int((number + shift) * total / taken) % total
            views = self._connection.execute(wanted.offset(place)).scalar_one()
            if views:
                found.append(str(views[place % len(views)]))
        return found

    def recall_probes(self) -> list[RecallProbe]:
        rows = self._connection.execute(select(recall_probes).order_by(recall_probes.c.index_name))
        return [
            RecallProbe(
                index=row.index_name,
                reference=Reference(row.reference),
                **{name: getattr(row, name) for name in _FIELDS},
            )
            for row in rows
        ]

    def put_recall_probe(self, probe: RecallProbe) -> None:
        values = {name: getattr(probe, name) for name in _FIELDS} | {"reference": probe.reference}
        statement = insert_into(self._connection.dialect.name, recall_probes).values(
            index_name=probe.index, **values
        )
        try:
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["index_name"], set_=values)
            )
        except NotFound as error:
            raise NotFound(f"index {probe.index!r} does not exist") from error

    def _jobs(self) -> dict[JobState, int]:
        rows = self._connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
        return {JobState(state): number for state, number in rows}

    def _items(self) -> dict[ItemState, int]:
        sums = [func.coalesce(func.sum(jobs.c[state]), 0) for state in ItemState]
        row = self._connection.execute(select(*sums)).one()
        return {state: int(number) for state, number in zip(ItemState, row, strict=True)}

    def _oldest(self) -> dict[ItemState, datetime]:
        found = {
            state: self._connection.execute(oldest).scalar() for state, oldest in _OLDEST.items()
        }
        return {state: since for state, since in found.items() if since is not None}

    def _rebuilding(self) -> int:
        left = select(func.coalesce(func.sum(jobs.c.total - jobs.c.done), 0)).where(
            jobs.c.state.in_(UNFINISHED), jobs.c.kind == JobKind.REBUILD
        )
        return max(0, int(self._connection.execute(left).scalar_one()))
