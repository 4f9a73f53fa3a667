"""The events of those who searched, each counted once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    and_,
    delete,
    func,
    select,
    true,
    type_coerce,
    update,
)

from services.core.db.columns import EPOCH
from services.core.db.inserting import chunks, insert_into
from services.core.db.insight_tables import events
from services.core.db.insight_tables import searches as searches_table
from services.core.db.settling import read_events, settle, take_turns
from services.core.types.events import Action, Event, Excluded

_MINUTE: Final = timedelta(minutes=1)
_MICROSECOND: Final = timedelta(microseconds=1)


class SqlEvents:
    """`ports.searches.EventStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, events_: Sequence[Event]) -> int:
        # In one order of ids, so that two batches with the same events never wait for each other.
        rows = {event.id: _values(event) for event in reversed(events_)}
        if not rows:
            return 0
        take_turns(self._connection, {event.query_id for event in events_})
        new = insert_into(self._connection.dialect.name, events).on_conflict_do_nothing()
        ordered = [rows[id] for id in sorted(rows)]
        added = self._connection.execute(new.returning(events.c.query_id), ordered).scalars().all()
        settle(self._connection, added)
        return len(added)

    def of_queries(self, query_ids: Iterable[str]) -> list[Event]:
        found: list[Event] = []
        for some in chunks(sorted(set(query_ids))):
            found += read_events(self._connection, some)
        return sorted(found, key=lambda event: (event.at, event.id))

    def exclude_clients(self, clients: Sequence[str], *, since: datetime) -> int:
        excluded = 0
        for some in chunks(sorted(set(clients))):
            searched = (
                searches_table.c.client.in_(some),
                searches_table.c.at >= since,
                searches_table.c.bot.is_(False),
            )
            did = events.c.client.in_(some), events.c.at >= since, events.c.excluded.is_(None)
            touched = {
                *self._connection.execute(
                    select(searches_table.c.query_id).where(*searched)
                ).scalars(),
                *self._connection.execute(select(events.c.query_id).where(*did)).scalars(),
            }
            take_turns(self._connection, touched)
            self._connection.execute(update(searches_table).where(*searched).values(bot=True))
            done = update(events).where(*did).values(excluded=Excluded.BOT)
            excluded += self._connection.execute(done).rowcount
            # What others did to the same answers may count now.
            settle(self._connection, touched)
        return excluded

    def busy_clients(self, *, since: datetime, searches: int, deeds: int) -> dict[str, datetime]:
        # Nothing is received before it happens, and by when it happened there is no index.
        acted = and_(events.c.action_name != Action.IMPRESSION, events.c.received_at >= since)
        found: dict[str, datetime] = {}
        for client, minute in [
            *self._busy(events, acted, since=since, more_than=deeds),
            *self._busy(searches_table, true(), since=since, more_than=searches),
        ]:
            at = EPOCH + int(minute) * _MINUTE
            found[client] = min(at, found.get(client, at))
        return dict(sorted(found.items()))

    def _busy(
        self, table: Table, which: ColumnElement[bool], *, since: datetime, more_than: int
    ) -> list[tuple[str, int]]:
        minute = (type_coerce(table.c.at, BigInteger) // (_MINUTE // _MICROSECOND)).label("minute")
        # Grouped by the column itself, all of the index of clients would be gone through.
        client = func.coalesce(table.c.client, "").label("client")
        acts = select(client, minute).where(table.c.at >= since, which).subquery()
        busy = select(acts.c.client, acts.c.minute).group_by(acts.c.client, acts.c.minute)
        rows = self._connection.execute(busy.having(func.count() > more_than))
        return [(row.client, row.minute) for row in rows if row.client]

    def forget(self, before: datetime, *, limit: int) -> int:
        old = select(events.c.id).where(events.c.received_at < before).limit(limit)
        removed = delete(events).where(events.c.id.in_(old))
        return self._connection.execute(removed).rowcount


def _values(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "query_id": event.query_id,
        "action_name": event.action,
        "object_id": event.object_id,
        "position": event.position,
        "client": event.client,
        "at": event.at,
        "received_at": event.received_at,
        "excluded": event.excluded,
    }
