"""What was counted of those who took part in an experiment, in SQL."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    cast,
    exists,
    func,
    select,
    true,
)

from services.core import ids
from services.core.db.insight_tables import events, searches
from services.core.types.events import Action
from services.core.types.experiments import Experiment
from services.core.types.exposures import ClientTotals, Interleaved, KindTotals, Reached

_ROWS_AT_ONCE: Final = 2000
_TOTALS: Final = (
    "clients", "converted", "searches", "clicked", "squares", "products", "clicked_squares",
)  # fmt: skip
_BOUNDS: Final = (None, *(f"cl_{letter}" for letter in sorted(ids.ALPHABET)[1:]), None)
PARTS: Final = len(_BOUNDS) - 1
"""Clients are counted a part of them at a time, as their keys begin: a server gives a statement
half a minute, and all of a large experiment takes longer."""


class SqlExposures:
    """`ports.exposures.ExposureStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def clients(self, experiment: Experiment) -> list[ClientTotals]:
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for part in _parts():
            for row in self._connection.execute(_client_totals(experiment, part)):
                # PostgreSQL sums integers to decimals.
                found[row.variant].update({name: int(getattr(row, name)) for name in _TOTALS})
        return [ClientTotals(variant, **counts) for variant, counts in sorted(found.items())]

    def kinds(self, experiment: Experiment) -> list[KindTotals]:
        clients: Counter[tuple[str, str]] = Counter()
        converted: Counter[tuple[str, str]] = Counter()
        for part in _parts():
            for row in self._connection.execute(_kind_totals(experiment, part)):
                clients[row.variant, row.kind] += row.clients
                converted[row.variant, row.kind] += int(row.converted)
        return [KindTotals(*key, number, converted[key]) for key, number in sorted(clients.items())]

    def reached(self, experiment: Experiment) -> Iterator[Reached]:
        for part in _parts():
            wanted = (
                select(searches.c.variant, searches.c.client, events.c.object_id)
                .join(events, events.c.query_id == searches.c.query_id)
                .where(
                    part,
                    *_of(experiment),
                    searches.c.variant.is_not(None),
                    *_counts(experiment.goal.value),
                    events.c.object_id.is_not(None),
                )
                .distinct()
            )
            for row in self._streamed(wanted):
                yield Reached(row.variant, row.client, row.object_id)

    def latencies_ms(self, experiment: Experiment, variant: str, *, limit: int) -> list[float]:
        wanted = select(searches.c.took_ms).where(*_of(experiment), searches.c.variant == variant)
        drawn = wanted.order_by(func.random()).limit(limit)
        return list(self._connection.execute(drawn).scalars())

    def served(self, experiment: Experiment) -> Mapping[str | None, Mapping[str | None, int]]:
        key = (searches.c.variant, searches.c.configuration, searches.c.teams.is_not(None))
        found: defaultdict[str | None, Counter[str | None]] = defaultdict(Counter)
        counted = select(*key, func.count()).where(*_of(experiment)).group_by(*key)
        for variant, configuration, of_both, count in self._connection.execute(counted):
            if variant is None and not of_both:
                found[experiment.control.name][configuration] += count
            else:
                found[variant][configuration] += count
        return found

    def interleaved(self, experiment: Experiment) -> Iterator[Interleaved]:
        counting = and_(events.c.query_id == searches.c.query_id, *_counts(experiment.goal.value))
        for part in _parts():
            wanted = (
                select(
                    searches.c.query_id, searches.c.client, searches.c.kind, searches.c.shown,
                    searches.c.teams, events.c.object_id,
                )
                .outerjoin(events, counting)
                .where(part, *_of(experiment), searches.c.teams.is_not(None))
                .order_by(searches.c.query_id)
            )  # fmt: skip
            rows = self._streamed(wanted)
            for _, of_page in groupby(rows, key=lambda row: row.query_id):
                yield _interleaved(list(of_page))

    def _streamed(self, wanted: Select[Any]) -> Iterator[Row[Any]]:
        options = {"yield_per": _ROWS_AT_ONCE}
        with self._connection.execute(wanted, execution_options=options) as rows:
            yield from rows


def _of(experiment: Experiment) -> list[ColumnElement[bool]]:
    """Its searches: of people we can tell apart, while it ran."""
    found = [
        searches.c.experiment == experiment.name,
        searches.c.client.is_not(None),
        searches.c.bot.is_(False),
        searches.c.at >= (experiment.started_at or experiment.created_at),
    ]
    if experiment.stopped_at is not None:
        found.append(searches.c.at <= experiment.stopped_at)
    return found


def _counts(action: str) -> tuple[ColumnElement[bool], ...]:
    return events.c.action_name == action, events.c.excluded.is_(None)


def _parts() -> Iterator[ColumnElement[bool]]:
    """Each client is in one of them, and so is all it did."""
    client = searches.c.client
    for begin, end in pairwise(_BOUNDS):
        yield and_(
            true() if begin is None else client >= begin, true() if end is None else client < end
        )


def _client_totals(experiment: Experiment, part: ColumnElement[bool]) -> Select[Any]:
    of_search = _outcomes(experiment, part).subquery()
    per_client = (
        select(
            of_search.c.variant,
            func.count().label("searches"),
            func.sum(of_search.c.clicked).label("clicked"),
            func.max(of_search.c.reached).label("converted"),
        )
        .group_by(of_search.c.variant, of_search.c.client)
        .subquery()
    )
    searched, clicked = per_client.c.searches, per_client.c.clicked
    return select(
        per_client.c.variant,
        func.count().label("clients"),
        func.sum(per_client.c.converted).label("converted"),
        func.sum(searched).label("searches"),
        func.sum(clicked).label("clicked"),
        func.sum(searched * searched).label("squares"),
        func.sum(searched * clicked).label("products"),
        func.sum(clicked * clicked).label("clicked_squares"),
    ).group_by(per_client.c.variant)


def _kind_totals(experiment: Experiment, part: ColumnElement[bool]) -> Select[Any]:
    of_search = _outcomes(experiment, part).subquery()
    key = (of_search.c.variant, of_search.c.kind)
    per_client = (
        select(*key, func.max(of_search.c.reached).label("converted"))
        .group_by(*key, of_search.c.client)
        .subquery()
    )
    group = (per_client.c.variant, per_client.c.kind)
    return select(
        *group,
        func.count().label("clients"),
        func.sum(per_client.c.converted).label("converted"),
    ).group_by(*group)


def _outcomes(experiment: Experiment, part: ColumnElement[bool]) -> Select[Any]:
    """Of each page: variant, client, kind, and 1 or 0 for a click and for the goal."""
    return select(
        searches.c.variant,
        searches.c.client,
        searches.c.kind,
        _did(Action.CLICK.value).label("clicked"),
        _did(experiment.goal.value).label("reached"),
    ).where(part, *_of(experiment), searches.c.variant.is_not(None))


def _did(action: str) -> ColumnElement[int]:
    done = exists().where(events.c.query_id == searches.c.query_id, *_counts(action))
    return cast(done, Integer)


def _interleaved(rows: list[Row[Any]]) -> Interleaved:
    page = rows[0]
    teams = dict(zip(page.shown, page.teams, strict=True))
    credit = Counter(teams[row.object_id] for row in rows if row.object_id in teams)
    return Interleaved(page.client, page.kind, {team: n for team, n in credit.items() if team})
