"""What came of searches, counted in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    String,
    Subquery,
    and_,
    case,
    cast,
    func,
    null,
    select,
    type_coerce,
)

from services.core.db.attributes import attributes_of
from services.core.db.columns import EPOCH
from services.core.db.insight_tables import events, searches
from services.core.db.tables import documents
from services.core.types.analytics import Answers, By, Deeds, Judged, Period, Wanted
from services.core.types.events import Action

_DAY: Final = 86_400_000_000
"""Microseconds."""
_DONE: Final = (Action.CLICK, Action.ADD_TO_CART, Action.PURCHASE)
_TOLD: Final = (*_DONE, Action.IMPRESSION)
_NOBODY: Final = cast(null(), String)


class SqlAnalytics:
    """`ports.analytics.AnalyticsStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    def deeds(
        self, by: By, period: Period, *, index: str | None, attribute: str = ""
    ) -> list[Deeds]:
        deed = _deeds(period, index)
        key, variant = self._key(by, deed, attribute)
        joined = searches.join(deed, deed.c.query_id == searches.c.query_id)
        if by is By.CATEGORY:
            shown = and_(
                documents.c.index_name == searches.c.index_name, documents.c.id == deed.c.object_id
            )
            joined = joined.outerjoin(documents, shown)
        # Keyed before it is grouped: an expression with parameters is not the same expression
        # twice to PostgreSQL.
        keyed = (
            select(key.label("key"), variant.label("variant"), deed.c.position, *_done(deed, _TOLD))
            .select_from(joined)
            .subquery()
        )
        group = (keyed.c.key, keyed.c.variant, keyed.c.position)
        found = select(*group, func.count(), *_sums(keyed, _TOLD)).group_by(*group)
        read = [
            Deeds(_named(by, row[0]), row[1], *map(int, row[2:]))
            for row in self._connection.execute(found)
        ]
        return sorted(read, key=lambda each: (*_place(each), each.position))

    def answers(self, by: By, period: Period, *, index: str | None) -> list[Answers]:
        if by.of_documents:
            raise ValueError(f"{by} tells documents apart, not answers")
        acted = _acted(period, index)
        key, variant = self._key(by, acted, "")
        keyed = (
            select(key.label("key"), variant.label("variant"), *_done(acted))
            .select_from(searches.outerjoin(acted, acted.c.query_id == searches.c.query_id))
            .where(*_searched(period, index))
            .subquery()
        )
        group = (keyed.c.key, keyed.c.variant)
        sums = [func.coalesce(each, 0) for each in _sums(keyed)]
        found = select(*group, func.count(), *sums).group_by(*group)
        read = [
            Answers(_named(by, row[0]), row[1], *map(int, row[2:]))
            for row in self._connection.execute(found)
        ]
        return sorted(read, key=_place)

    def by_document(self, index: str, period: Period) -> list[Deeds]:
        deed = _deeds(period, index)
        group = (deed.c.object_id, deed.c.position)
        sums = _sums(deed, _TOLD)
        found = select(*group, func.count(), *sums).group_by(*group).order_by(*group)
        return [Deeds(row[0], None, *map(int, row[1:])) for row in self._connection.execute(found)]

    def by_text(self, index: str, period: Period, *, least_clients: int) -> list[Judged]:
        deed = _deeds(period, index)
        text = func.lower(searches.c.text)
        people = func.count(func.coalesce(searches.c.client, searches.c.query_id).distinct())
        common = select(text).where(*_searched(period, index), searches.c.text.is_not(None))
        common = common.group_by(text).having(people >= least_clients)
        group = (text, deed.c.object_id, deed.c.position)
        found = (
            select(*group, func.count(), *_sums(deed, _TOLD))
            .select_from(searches.join(deed, deed.c.query_id == searches.c.query_id))
            .where(text.in_(common))
            .group_by(*group)
        )
        read = [
            Judged(row[0], row[1], Deeds(row[1], None, *map(int, row[2:])))
            for row in self._connection.execute(found)
        ]
        return sorted(read, key=lambda each: (each.text, each.document, each.deeds.position))

    def wanted(self, index: str, period: Period, *, limit: int) -> list[Wanted]:
        acted = _acted(period, index)
        ours = self._dialect == "postgresql"
        length = func.jsonb_array_length if ours else func.json_array_length
        nothing = and_(length(searches.c.shown) == 0, searches.c.first_rank == 1)
        text = func.lower(searches.c.text)
        found = (
            select(
                text,
                func.count().label("number"),
                func.sum(case((nothing, 1), else_=0)),
                func.coalesce(func.sum(acted.c[Action.CLICK]), 0),
                func.coalesce(func.sum(acted.c.clicks), 0),
            )
            .select_from(searches.outerjoin(acted, acted.c.query_id == searches.c.query_id))
            .where(*_searched(period, index), searches.c.text.is_not(None))
            .group_by(text)
            .order_by(func.count().desc(), text)
            .limit(limit)
        )
        return [Wanted(row[0], *map(int, row[1:])) for row in self._connection.execute(found)]

    def _key(self, by: By, deed: Subquery, attribute: str) -> tuple[Any, Any]:
        if by is By.EXPERIMENT:
            return searches.c.experiment, searches.c.variant
        if by is By.CATEGORY:
            way = attributes_of(documents.c.attributes, self._dialect, found=documents.c.derived)
            return way.text(attribute), _NOBODY
        if by is By.POSITION:
            return deed.c.position, _NOBODY
        keys = {
            By.INDEX: searches.c.index_name,
            By.KIND: searches.c.kind,
            By.CONFIGURATION: searches.c.configuration,
            By.DAY: type_coerce(searches.c.at, BigInteger) // _DAY,
        }
        return keys[by], _NOBODY


def _searched(period: Period, index: str | None) -> list[ColumnElement[bool]]:
    during = [
        searches.c.at >= period.since,
        searches.c.at < period.until,
        searches.c.bot.is_(False),
    ]
    return during if index is None else [*during, searches.c.index_name == index]


def _deeds(period: Period, index: str | None) -> Subquery:
    """A row for each document of an answer that something was done with: 1 for what was."""
    done = [
        func.max(case((events.c.action_name == action, 1), else_=0)).label(action)
        for action in _TOLD
    ]
    position = func.max(events.c.position).label("position")
    return (
        select(events.c.query_id, events.c.object_id, position, *done)
        .join(searches, searches.c.query_id == events.c.query_id)
        .where(
            *_searched(period, index),
            events.c.excluded.is_(None),
            events.c.object_id.is_not(None),
            # Every event that counts has one, once its search is logged.
            events.c.position.is_not(None),
        )
        .group_by(events.c.query_id, events.c.object_id)
        .subquery()
    )


def _acted(period: Period, index: str | None) -> Subquery:
    """A row for each answer that something was done with: 1 for what was, and documents clicked."""
    deed = _deeds(period, index)
    done = [func.max(deed.c[action]).label(action) for action in _DONE]
    clicks = func.sum(deed.c[Action.CLICK]).label("clicks")
    return select(deed.c.query_id, *done, clicks).group_by(deed.c.query_id).subquery()


def _done(deed: Subquery, actions: Iterable[Action] = _DONE) -> list[ColumnElement[Any]]:
    return [deed.c[action] for action in actions]


def _sums(deed: Subquery, actions: Iterable[Action] = _DONE) -> list[ColumnElement[Any]]:
    return [func.sum(deed.c[action]) for action in actions]


def _named(by: By, key: Any) -> str | None:
    if by is By.DAY:
        return (EPOCH + timedelta(days=int(key))).date().isoformat()
    return None if key is None else str(key)


def _place(each: Deeds | Answers) -> tuple[Any, ...]:
    """By key and variant, those without behind; positions as numbers."""
    key = each.key or ""
    return (each.key is None, len(key) if key.isdigit() else 0, key, each.variant or "")
