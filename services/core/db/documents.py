"""The store of documents: the last word on what exists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningInsert

from services.core.db.document_rows import STORED, content, stored, tombstone
from services.core.db.filters import compile_filter
from services.core.db.inserting import chunks, insert_into
from services.core.db.tables import document_media, documents
from services.core.db.words import WordCount
from services.core.errors import NotFound
from services.core.types.documents import Document, StoredDocument
from services.core.types.filters import Filter

_ALIVE: Final = documents.c.deleted.is_(False)
# On the path of every search, so made once.
_UNEXPIRED: Final = or_(documents.c.expires_at.is_(None), documents.c.expires_at > bindparam("now"))
_LIVE: Final = select(*STORED).where(
    documents.c.index_name == bindparam("index"),
    documents.c.id.in_(bindparam("ids", expanding=True)),
    _ALIVE,
    _UNEXPIRED,
)
_WITH_SKUS: Final = select(documents.c.sku_folded, documents.c.id).where(
    documents.c.index_name == bindparam("index"),
    documents.c.sku_folded.in_(bindparam("skus", expanding=True)),
    _ALIVE,
    _UNEXPIRED,
)


@cache
def _put(dialect: str) -> ReturningInsert[Any]:
    """The upsert, which returns a row if it wrote one; made once per dialect, being costly."""
    new = insert_into(dialect, documents)
    kept = {"index_name", "id", "created_at"}
    changed: dict[str, Any] = {
        column.name: new.excluded[column.name] for column in documents.c if column.name not in kept
    }
    born = case((documents.c.deleted, new.excluded.created_at), else_=documents.c.created_at)
    upsert = new.on_conflict_do_update(
        index_elements=["index_name", "id"],
        set_=changed | {"created_at": born},
        where=documents.c.sequence <= new.excluded.sequence,
    )
    return upsert.returning(documents.c.sequence)


class SqlDocuments:
    """`ports.stores.DocumentStore` on a connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, index: str, document_id: str) -> StoredDocument:
        wanted = self._alive(index).where(documents.c.id == document_id)
        row = self._connection.execute(wanted).first()
        if row is None:
            raise NotFound(f"document {document_id!r} does not exist in index {index!r}")
        return stored(row)

    def live(
        self, index: str, document_ids: Sequence[str], *, now: datetime
    ) -> dict[str, StoredDocument]:
        found: dict[str, StoredDocument] = {}
        for some in chunks(document_ids):
            values = {"index": index, "ids": list(some), "now": now}
            for row in self._connection.execute(_LIVE, values).all():
                one = stored(row)
                found[one.document.id] = one
        return found

    def page(
        self,
        index: str,
        *,
        after: str | None,
        limit: int,
        filter: Filter | None = None,
    ) -> list[StoredDocument]:
        wanted = self._alive(index).where(*self._matching(filter))
        if after is not None:
            wanted = wanted.where(documents.c.id > after)
        return self._all(wanted.order_by(documents.c.id).limit(limit))

    def put(
        self, index: str, document: Document, *, sequence: int, views: Sequence[str], now: datetime
    ) -> bool:
        values = {
            **content(document),
            "index_name": index,
            "id": document.id,
            "sequence": sequence,
            "deleted": False,
            "in_sync": True,
            "views": list(views),
            "created_at": now,
            "updated_at": now,
        }
        statement = _put(self._connection.dialect.name)
        return self._connection.execute(statement, values).first() is not None

    def known(self, index: str, document_ids: Sequence[str]) -> dict[str, StoredDocument]:
        found: dict[str, StoredDocument] = {}
        for some in chunks(document_ids):
            rows = self._all(select(*STORED).where(*_these(index, some)))
            found.update((each.document.id, each) for each in rows)
        return found

    def change(self, index: str, document: Document, *, now: datetime) -> StoredDocument:
        """Raises NotFound."""
        changed = update(documents).where(*_these(index, [document.id]), _ALIVE)
        self._connection.execute(
            changed.values(
                attributes=dict(document.attributes),
                signals=dict(document.signals),
                in_sync=False,
                updated_at=now,
            )
        )
        return self.get(index, document.id)

    def mark_in_sync(self, index: str, document_ids: Sequence[str]) -> None:
        for some in chunks(document_ids):
            self._connection.execute(
                update(documents).where(*_these(index, some), _ALIVE).values(in_sync=True)
            )

    def mark_deleted(
        self, index: str, document_ids: Sequence[str], *, sequence: int, now: datetime
    ) -> None:
        rows = [
            tombstone(index, document_id, sequence=sequence, now=now)
            for document_id in dict.fromkeys(document_ids)
        ]
        if not rows:
            return
        new = insert_into(self._connection.dialect.name, documents)
        hidden = new.on_conflict_do_update(
            index_elements=["index_name", "id"],
            set_={"deleted": True, "in_sync": False, "sequence": sequence, "updated_at": now},
            where=documents.c.sequence <= sequence,
        )
        self._connection.execute(hidden, rows)

    def deleted(self, index: str, *, limit: int) -> list[StoredDocument]:
        return self._behind(index, deleted=True, limit=limit)

    def out_of_sync(self, index: str, *, limit: int) -> list[StoredDocument]:
        return self._behind(index, deleted=False, limit=limit)

    def purge(self, index: str, document_ids: Sequence[str]) -> None:
        empty = {**content(Document(id="")), "views": [], "in_sync": True}
        for some in chunks(document_ids):
            gone = and_(*_these(index, some), documents.c.deleted.is_(True))
            links = delete(document_media).where(
                document_media.c.index_name == index,
                document_media.c.document_id.in_(select(documents.c.id).where(gone)),
            )
            self._connection.execute(links)
            self._connection.execute(update(documents).where(gone).values(empty))

    def matching(
        self, index: str, *, filter: Filter | None, now: datetime, limit: int
    ) -> list[StoredDocument]:
        wanted = self._alive(index).where(_unexpired(now), *self._matching(filter))
        return self._all(wanted.order_by(documents.c.id).limit(limit))

    def count(
        self, index: str, *, filter: Filter | None = None, now: datetime | None = None
    ) -> int:
        counted = select(func.count()).select_from(documents)
        counted = counted.where(documents.c.index_name == index, _ALIVE, *self._matching(filter))
        if now is not None:
            counted = counted.where(_unexpired(now))
        return int(self._connection.execute(counted).scalar_one())

    def with_skus(self, index: str, skus: Sequence[str], *, now: datetime) -> list[str]:
        asked = dict.fromkeys(sku.casefold() for sku in skus)
        places = {folded: place for place, folded in enumerate(asked)}
        found: list[tuple[int, str]] = []
        for some in chunks(list(places)):
            values = {"index": index, "skus": list(some), "now": now}
            rows = self._connection.execute(_WITH_SKUS, values)
            found += [(places[folded], id) for folded, id in rows]
        return [id for _, id in sorted(found)]

    def worded(
        self,
        index: str,
        words: Sequence[str],
        *,
        filter: Filter | None,
        now: datetime,
        limit: int,
    ) -> list[str]:
        counted = WordCount.of(words)
        if counted is None:
            return []
        wanted = (
            select(documents.c.id)
            .where(
                documents.c.index_name == index,
                _ALIVE,
                _unexpired(now),
                counted.anywhere > 0,
                *self._matching(filter),
            )
            .order_by(counted.anywhere.desc(), counted.in_title.desc(), documents.c.id)
            .limit(limit)
        )
        return [id for (id,) in self._connection.execute(wanted)]

    def _alive(self, index: str) -> Select[Any]:
        return select(*STORED).where(documents.c.index_name == index, _ALIVE)

    def _behind(self, index: str, *, deleted: bool, limit: int) -> list[StoredDocument]:
        wanted = select(*STORED).where(
            documents.c.index_name == index,
            documents.c.in_sync.is_(False),
            documents.c.deleted.is_(deleted),
        )
        return self._all(wanted.order_by(documents.c.id).limit(limit))

    def _matching(self, filter: Filter | None) -> list[ColumnElement[bool]]:
        if filter is None:
            return []
        dialect = self._connection.dialect.name
        given, found = documents.c.attributes, documents.c.derived
        return [compile_filter(filter, given, dialect, found=found)]

    def _all(self, wanted: Select[Any]) -> list[StoredDocument]:
        return [stored(row) for row in self._connection.execute(wanted)]


def _these(index: str, document_ids: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return documents.c.index_name == index, documents.c.id.in_(document_ids)


def _unexpired(now: datetime) -> ColumnElement[bool]:
    return or_(documents.c.expires_at.is_(None), documents.c.expires_at > now)
