"""The store of query sets and their judged queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from services.core.db.inserting import chunks, insert_into
from services.core.db.insight_tables import judged_queries, query_sets
from services.core.db.tables import indexes
from services.core.errors import NotFound
from services.core.types.evaluations import JudgedMedium, JudgedQuery, QuerySetInfo


class SqlQuerySets:
    """`ports.query_sets.QuerySetStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> QuerySetInfo:
        row = self._connection.execute(
            select(query_sets).where(query_sets.c.name == name)
        ).one_or_none()
        if row is None:
            raise _absent(name)
        return _info(row, self._kinds([name]).get(name, Counter()))

    def all(self) -> list[QuerySetInfo]:
        rows = self._connection.execute(select(query_sets).order_by(query_sets.c.name)).all()
        kinds = self._kinds([row.name for row in rows])
        return [_info(row, kinds.get(row.name, Counter())) for row in rows]

    def put(self, name: str, *, index: str, description: str, now: datetime) -> bool:
        there = select(indexes.c.name).where(indexes.c.name == index)
        if self._connection.execute(there).first() is None:
            raise NotFound(f"index {index!r} does not exist")
        values = {"index_name": index, "description": description, "created_at": now}
        changed = update(query_sets).where(query_sets.c.name == name).values(values)
        if self._connection.execute(changed).rowcount:
            emptied = delete(judged_queries).where(judged_queries.c.set_name == name)
            self._connection.execute(emptied)
            return False
        self._connection.execute(insert(query_sets).values(name=name, **values))
        return True

    def add(self, name: str, queries: Sequence[JudgedQuery]) -> None:
        self._lock(name)
        last = select(func.max(judged_queries.c.ordinal)).where(judged_queries.c.set_name == name)
        highest = self._connection.execute(last).scalar()
        first = 0 if highest is None else highest + 1
        new = insert_into(self._connection.dialect.name, judged_queries)
        kept = ("set_name", "query_id", "ordinal")
        changed = {
            column.name: new.excluded[column.name]
            for column in judged_queries.columns
            if column.name not in kept
        }
        statement = new.on_conflict_do_update(index_elements=["set_name", "query_id"], set_=changed)
        rows = [_row(name, query, first + place) for place, query in enumerate(queries)]
        for some in chunks(rows):
            self._connection.execute(statement, list(some))

    def queries(self, name: str, *, after: str | None, limit: int) -> list[JudgedQuery]:
        of_set = judged_queries.c.set_name == name
        wanted = select(judged_queries).where(of_set)
        if after is not None:
            place = (
                select(judged_queries.c.ordinal)
                .where(of_set, judged_queries.c.query_id == after)
                .scalar_subquery()
            )
            wanted = wanted.where(judged_queries.c.ordinal > place)
        rows = self._connection.execute(wanted.order_by(judged_queries.c.ordinal).limit(limit))
        found = [_query(row) for row in rows]
        if not found:
            self._exists(name)
        return found

    def media_keys(self, name: str) -> set[str]:
        wanted = select(judged_queries.c.media).where(judged_queries.c.set_name == name)
        rows = self._connection.execute(wanted).scalars()
        return {medium["key"] for media in rows for medium in media}

    def remove(self, name: str) -> None:
        gone = delete(query_sets).where(query_sets.c.name == name)
        if self._connection.execute(gone).rowcount == 0:
            raise _absent(name)

    def _exists(self, name: str) -> None:
        there = select(query_sets.c.name).where(query_sets.c.name == name)
        if self._connection.execute(there).first() is None:
            raise _absent(name)

    def _lock(self, name: str) -> None:
        """Two that append at once take turns: each place is given once."""
        turn = update(query_sets).where(query_sets.c.name == name).values(name=name)
        if self._connection.execute(turn).rowcount == 0:
            raise _absent(name)

    def _kinds(self, names: Sequence[str]) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        columns = judged_queries.c
        wanted = select(columns.set_name, columns.text.is_not(None).label("worded"), columns.media)
        for row in self._connection.execute(wanted.where(columns.set_name.in_(names))):
            query = JudgedQuery("", "x" if row.worded else None, _media(row.media))
            found.setdefault(row.set_name, Counter())[query.kind] += 1
        return found


def _absent(name: str) -> NotFound:
    return NotFound(f"query set {name!r} does not exist")


def _info(row: Row[Any], kinds: Counter[str]) -> QuerySetInfo:
    return QuerySetInfo(
        name=row.name,
        index=row.index_name,
        description=row.description,
        kinds=dict(sorted(kinds.items())),
        created_at=row.created_at,
    )


def _row(name: str, query: JudgedQuery, ordinal: int) -> dict[str, Any]:
    return {
        "set_name": name,
        "query_id": query.id,
        "ordinal": ordinal,
        "text": query.text,
        "media": [{"kind": medium.kind, "key": medium.key} for medium in query.media],
        "category": query.category,
        "paraphrase_of": query.paraphrase_of,
        "grades": dict(query.grades),
    }


def _query(row: Row[Any]) -> JudgedQuery:
    return JudgedQuery(
        id=row.query_id,
        text=row.text,
        media=_media(row.media),
        category=row.category,
        paraphrase_of=row.paraphrase_of,
        grades=row.grades,
    )


def _media(raw: Sequence[dict[str, str]]) -> tuple[JudgedMedium, ...]:
    return tuple(JudgedMedium(each["kind"], each["key"]) for each in raw)
