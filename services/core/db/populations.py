"""The store of populations, of what was found by comparing them, and of quality probes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, and_, delete, func, insert, literal, select, update

from services.core.db import population_json
from services.core.db.inserting import insert_into
from services.core.db.insight_tables import drifts, populations, quality_probes
from services.core.db.tables import documents
from services.core.errors import NotFound
from services.core.types.populations import DriftReport, Population, QualityProbe

_PROBE_FIELDS: Final = ("query_set", "measures", "queries", "took_s", "at")


class SqlPopulations:
    """`ports.populations.PopulationStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, population: Population) -> None:
        key = {**_key(population), "baseline": False, "since": population.since}
        of_key = and_(*(populations.c[name] == value for name, value in key.items()))
        fresh = insert_into(self._connection.dialect.name, populations).values(
            **key, **_content(population)
        )
        fresh = fresh.on_conflict_do_nothing()
        made = self._run(fresh.returning(populations.c.since), population.index)
        if made.first() is not None:
            return
        # Held until the end: another gateway adds to the same row.
        there = select(populations).where(of_key).with_for_update()
        held = population_json.load(self._connection.execute(there).one())
        if held.space == population.space:
            population = held.plus(population)
        self._connection.execute(update(populations).where(of_key).values(_content(population)))

    def gathered(self, index: str, *, since: datetime) -> list[Population]:
        return self._all(index, populations.c.baseline.is_(False), populations.c.since >= since)

    def set_baselines(self, index: str, populations_: list[Population]) -> None:
        self._connection.execute(
            delete(populations).where(
                populations.c.index_name == index, populations.c.baseline.is_(True)
            )
        )
        for each in populations_:
            row = {**_key(each), "baseline": True, "since": each.since, **_content(each)}
            self._run(insert(populations).values(row), index)

    def baselines(self, index: str) -> list[Population]:
        return self._all(index, populations.c.baseline.is_(True))

    def forget(self, *, before: datetime) -> None:
        self._connection.execute(
            delete(populations).where(
                populations.c.baseline.is_(False), populations.c.since < before
            )
        )

    def sample_views(self, index: str, *, documents: int, shift: float) -> list[str]:
        live = _live(index)
        total = self._connection.execute(select(func.count()).where(*live)).scalar_one()
        if total == 0:
            return []
        stride = max(1, -(-total // documents))
        rows = self._connection.execute(_every(live, stride, int(shift * stride) % stride))
        return [str(view) for row in rows for view in row.views]

    def put_drift(self, report: DriftReport) -> None:
        self._put(
            drifts, report.index, {"report": population_json.dump_drift(report), "at": report.at}
        )

    def drifts(self) -> list[DriftReport]:
        rows = self._connection.execute(select(drifts).order_by(drifts.c.index_name))
        return [population_json.load_drift(row) for row in rows]

    def put_quality_probe(self, probe: QualityProbe) -> None:
        values = {name: getattr(probe, name) for name in _PROBE_FIELDS}
        self._put(quality_probes, probe.index, values)

    def quality_probes(self) -> list[QualityProbe]:
        rows = self._connection.execute(
            select(quality_probes).order_by(quality_probes.c.index_name)
        )
        return [
            QualityProbe(
                index=row.index_name, **{name: getattr(row, name) for name in _PROBE_FIELDS}
            )
            for row in rows
        ]

    def _all(self, index: str, *conditions: Any) -> list[Population]:
        rows = self._connection.execute(
            select(populations)
            .where(populations.c.index_name == index, *conditions)
            .order_by(populations.c.since, populations.c.what)
        )
        return [population_json.load(row) for row in rows]

    def _put(self, table: Table, index: str, values: dict[str, Any]) -> None:
        statement = insert_into(self._connection.dialect.name, table).values(
            index_name=index, **values
        )
        self._run(
            statement.on_conflict_do_update(index_elements=["index_name"], set_=values), index
        )

    def _run(self, statement: Any, index: str) -> Any:
        try:
            return self._connection.execute(statement)
        except NotFound as error:
            raise NotFound(f"index {index!r} does not exist") from error


def _key(population: Population) -> dict[str, str]:
    return {"index_name": population.index, "what": f"{population.of}/{population.kind}"}


def _content(population: Population) -> dict[str, Any]:
    return {"space": population.space, "statistics": population_json.dump(population)}


def _live(index: str) -> tuple[Any, ...]:
    return (
        documents.c.index_name == index,
        documents.c.in_sync.is_(True),
        documents.c.deleted.is_(False),
    )


def _every(live: tuple[Any, ...], stride: int, first: int) -> Any:
    """The views of one live document in `stride`, in the order of their ids."""
    place = func.row_number().over(order_by=documents.c.id).label("place")
    numbered = select(documents.c.views, place).where(*live).subquery()
    return (
        select(numbered.c.views)
        .where((numbered.c.place - 1) % literal(stride) == first)
        .order_by(numbered.c.place)
    )
