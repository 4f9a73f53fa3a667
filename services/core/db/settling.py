"""Which events of an answer count: decided by what is stored, whatever came first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final
from zlib import crc32

from sqlalchemy import Connection, Row, bindparam, select, text, update

from services.core.db.inserting import chunks
from services.core.db.insight_tables import events, searches
from services.core.types.events import Action, Event, Excluded, LoggedSearch

_STRIPES: Final = 64
_NAMESPACE: Final = 0x6D6C
"""Keeps the stripes apart from the other advisory locks, whose keys are one large number."""
_LOCK: Final = text("SELECT pg_advisory_xact_lock(:namespace, :stripe)")
_CHANGE: Final = (
    update(events)
    .where(events.c.id == bindparam("event"))
    .values(excluded=bindparam("reason"), position=bindparam("place"))
)


def settled(found: Iterable[Event], search: LoggedSearch | None) -> list[Event]:
    """The events of one answer with what is true of them now; `search` None: not logged (yet)."""
    placed = [_placed(event, search) for event in found]
    seen: set[tuple[Action, str | None]] = set()
    done = []
    for event in sorted(placed, key=lambda each: (each.at, each.id)):
        what = (event.action, event.object_id)
        if event.excluded is None and what in seen:
            done.append(replace(event, excluded=Excluded.REPEATED))
            continue
        if event.excluded is None:
            seen.add(what)
        done.append(event)
    return done


def _placed(event: Event, search: LoggedSearch | None) -> Event:
    if event.excluded is Excluded.BOT or (search is not None and search.bot):
        return replace(event, excluded=Excluded.BOT)
    if search is None or event.object_id is None:
        return replace(event, excluded=None)
    if event.object_id not in search.shown:
        return replace(event, excluded=Excluded.NOT_SHOWN)
    position = search.first_rank + search.shown.index(event.object_id)
    return replace(event, excluded=None, position=position)


def take_turns(connection: Connection, query_ids: Iterable[str]) -> None:
    """Let nobody else settle events of these answers before this transaction ends.

    Two that add to the same answer at once would else both miss what the other added. A file has
    one writer anyway. Locks are taken in one order, so that none waits for each other.
    """
    if connection.dialect.name != "postgresql":
        return
    for stripe in sorted({crc32(query_id.encode()) % _STRIPES for query_id in query_ids}):
        connection.execute(_LOCK, {"namespace": _NAMESPACE, "stripe": stripe})


def settle(connection: Connection, query_ids: Iterable[str]) -> None:
    """Bring the stored events of these answers to what `settled` makes of them."""
    for some in chunks(sorted(set(query_ids))):
        stored = read_events(connection, some)
        if not stored:
            continue
        answers = read_searches(connection, sorted({event.query_id for event in stored}))
        by_query: dict[str, list[Event]] = defaultdict(list)
        for event in stored:
            by_query[event.query_id].append(event)
        before = {event.id: event for event in stored}
        changed = [
            {"event": event.id, "reason": event.excluded, "place": event.position}
            for query_id, of_query in by_query.items()
            for event in settled(of_query, answers.get(query_id))
            if event != before[event.id]
        ]
        if changed:
            connection.execute(_CHANGE, changed)


def read_events(connection: Connection, query_ids: Sequence[str]) -> list[Event]:
    """All of these answers, by time and id."""
    wanted = select(events).where(events.c.query_id.in_(query_ids))
    rows = connection.execute(wanted.order_by(events.c.at, events.c.id))
    return [event_of(row) for row in rows]


def read_searches(connection: Connection, query_ids: Sequence[str]) -> dict[str, LoggedSearch]:
    """Those that are there, by id."""
    wanted = select(searches).where(searches.c.query_id.in_(query_ids))
    return {row.query_id: search_of(row) for row in connection.execute(wanted)}


def event_of(row: Row[Any]) -> Event:
    """The noun of a row of `events`."""
    return Event(
        id=row.id,
        query_id=row.query_id,
        action=Action(row.action_name),
        object_id=row.object_id,
        position=row.position,
        client=row.client,
        at=row.at,
        received_at=row.received_at,
        excluded=None if row.excluded is None else Excluded(row.excluded),
    )


def search_of(row: Row[Any]) -> LoggedSearch:
    """The noun of a row of `searches`."""
    return LoggedSearch(
        query_id=row.query_id,
        index=row.index_name,
        at=row.at,
        kind=row.kind,
        text=row.text,
        client=row.client,
        configuration=row.configuration,
        experiment=row.experiment,
        variant=row.variant,
        shown=tuple(row.shown),
        first_rank=row.first_rank,
        teams=None if row.teams is None else tuple(row.teams),
        top_score=row.top_score,
        took_ms=row.took_ms,
        degraded=row.degraded,
        bot=row.bot,
    )
