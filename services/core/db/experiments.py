"""The store of experiments and their last reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from services.core.db.insight_tables import experiments
from services.core.db.tables import indexes
from services.core.errors import Conflict, NotFound
from services.core.types.documents import Json
from services.core.types.experiments import (
    Analysis,
    Experiment,
    ExperimentKind,
    ExperimentState,
    Goal,
    StoredReport,
    Variant,
)

_COLUMNS: Final = (
    "name", "kind", "state", "layer", "bucket_from", "bucket_to", "created_at", "started_at",
    "stopped_at",
)  # fmt: skip
_PLAIN: Final = (
    "alpha", "power", "min_lift", "sample_size", "query_set", "max_latency_ratio", "description",
)  # fmt: skip
_ROW = select(
    experiments.c.index_name, experiments.c.definition, *(experiments.c[name] for name in _COLUMNS)
)
_RUNNING = (
    _ROW.where(experiments.c.state == ExperimentState.RUNNING.value)
    .order_by(experiments.c.started_at, experiments.c.name)
)  # fmt: skip
"""Made once: every gateway asks for it all the time."""


class SqlExperiments:
    """`ports.experiments.ExperimentStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, experiment: Experiment) -> None:
        there = select(indexes.c.name).where(indexes.c.name == experiment.index)
        if self._connection.execute(there).first() is None:
            raise NotFound(f"index {experiment.index!r} does not exist")
        try:
            self._connection.execute(insert(experiments).values(_values(experiment)))
        except Conflict as error:
            raise Conflict(f"experiment {experiment.name!r} already exists") from error

    def get(self, name: str) -> Experiment:
        row = self._connection.execute(_ROW.where(experiments.c.name == name)).first()
        if row is None:
            raise _absent(name)
        return _experiment(row)

    def all(self, *, index: str | None = None) -> list[Experiment]:
        wanted = _ROW.order_by(experiments.c.created_at.desc(), experiments.c.name)
        if index is not None:
            wanted = wanted.where(experiments.c.index_name == index)
        return [_experiment(row) for row in self._connection.execute(wanted)]

    def running(self) -> list[Experiment]:
        return [_experiment(row) for row in self._connection.execute(_RUNNING)]

    def save(self, experiment: Experiment) -> None:
        self._change(experiment.name, _values(experiment))

    def remove(self, name: str) -> None:
        gone = delete(experiments).where(experiments.c.name == name)
        if self._connection.execute(gone).rowcount == 0:
            raise _absent(name)

    def unreported(self, *, now: datetime, every: timedelta, settling: timedelta) -> list[str]:
        state, at = experiments.c.state, experiments.c.reported_at
        stale = or_(at.is_(None), at < now - every)
        wanted = select(experiments.c.name, at, experiments.c.stopped_at).where(
            or_(
                and_(state == ExperimentState.RUNNING.value, stale),
                and_(
                    state == ExperimentState.STOPPED.value,
                    experiments.c.stopped_at <= now - settling,
                ),
            )
        )
        return [
            row.name
            for row in self._connection.execute(wanted.order_by(experiments.c.name))
            if row.stopped_at is None
            or row.reported_at is None
            or row.reported_at < row.stopped_at + settling
        ]

    def report(self, name: str) -> StoredReport | None:
        wanted = select(experiments.c.report, experiments.c.reported_at)
        row = self._connection.execute(wanted.where(experiments.c.name == name)).first()
        if row is None:
            raise _absent(name)
        return None if row.report is None else StoredReport(row.report, row.reported_at)

    def put_report(self, name: str, content: Mapping[str, Json], *, now: datetime) -> None:
        self._change(name, {"report": dict(content), "reported_at": now})

    def _change(self, name: str, values: dict[str, Any]) -> None:
        changed = update(experiments).where(experiments.c.name == name).values(values)
        if self._connection.execute(changed).rowcount == 0:
            raise _absent(name)


def _absent(name: str) -> NotFound:
    return NotFound(f"experiment {name!r} does not exist")


def _values(experiment: Experiment) -> dict[str, Any]:
    variants = [
        {"name": each.name, "configuration": each.configuration, "share": each.share}
        for each in experiment.variants
    ]
    definition = {
        **{name: getattr(experiment, name) for name in _PLAIN},
        "goal": experiment.goal.value,
        "analysis": experiment.analysis.value,
        "variants": variants,
    }
    return {
        **{name: getattr(experiment, name) for name in _COLUMNS},
        "index_name": experiment.index,
        "definition": definition,
    }


def _experiment(row: Row[Any]) -> Experiment:
    definition = row.definition
    return Experiment(
        name=row.name,
        index=row.index_name,
        kind=ExperimentKind(row.kind),
        state=ExperimentState(row.state),
        layer=row.layer,
        bucket_from=row.bucket_from,
        bucket_to=row.bucket_to,
        variants=tuple(Variant(**each) for each in definition["variants"]),
        goal=Goal(definition["goal"]),
        analysis=Analysis(definition["analysis"]),
        created_at=row.created_at,
        started_at=row.started_at,
        stopped_at=row.stopped_at,
        **{name: definition[name] for name in _PLAIN},
    )
