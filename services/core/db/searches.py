"""The log of searches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select

from services.core.db.inserting import chunks, insert_into
from services.core.db.insight_tables import events, searches
from services.core.db.settling import read_searches, settle, take_turns
from services.core.types.events import LoggedSearch


class SqlSearches:
    """`ports.searches.SearchStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, searches_: Sequence[LoggedSearch]) -> None:
        rows = [_values(search) for search in searches_]
        if not rows:
            return
        query_ids = [search.query_id for search in searches_]
        take_turns(self._connection, query_ids)
        new = insert_into(self._connection.dialect.name, searches)
        self._connection.execute(new.on_conflict_do_nothing(), rows)
        settle(self._connection, self._with_events(query_ids))

    def get(self, query_ids: Iterable[str]) -> dict[str, LoggedSearch]:
        found: dict[str, LoggedSearch] = {}
        for some in chunks(sorted(set(query_ids))):
            found |= read_searches(self._connection, some)
        return found

    def forget(self, before: datetime, *, limit: int) -> int:
        old = select(searches.c.query_id).where(searches.c.at < before).limit(limit)
        removed = delete(searches).where(searches.c.query_id.in_(old))
        return self._connection.execute(removed).rowcount

    def _with_events(self, query_ids: Sequence[str]) -> list[str]:
        """Hardly any: most searches are logged before anybody could do something with them."""
        found: list[str] = []
        for some in chunks(query_ids):
            early = select(events.c.query_id).where(events.c.query_id.in_(some)).distinct()
            found += self._connection.execute(early).scalars()
        return found


def _values(search: LoggedSearch) -> dict[str, Any]:
    return {
        "query_id": search.query_id,
        "index_name": search.index,
        "at": search.at,
        "kind": search.kind,
        "text": search.text,
        "client": search.client,
        "configuration": search.configuration,
        "experiment": search.experiment,
        "variant": search.variant,
        "shown": list(search.shown),
        "first_rank": search.first_rank,
        "teams": None if search.teams is None else list(search.teams),
        "top_score": search.top_score,
        "took_ms": search.took_ms,
        "degraded": search.degraded,
        "bot": search.bot,
    }
