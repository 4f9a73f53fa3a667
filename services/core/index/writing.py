"""Writing rows: upserts, changed filter columns and deletions, each safe to repeat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.core.errors import IndexDown
from services.core.index import names
from services.core.index.channel import left
from services.core.index.columns import Row, filter_columns
from services.core.index.connection import Connection
from services.core.index.rows import document_rows, view_rows
from services.core.types.documents import Json
from services.core.types.indexes import Collection
from services.core.types.search import DocumentRow, ViewRow

_UNFLUSHED_DELETIONS: Final = 100
_ROWS_PER_CALL: Final = 1_000
"""Keeps a request well below the 64 MB that a message may have, at any dimension."""


def upsert(
    connection: Connection,
    collection: Collection,
    views: Sequence[ViewRow],
    documents: Sequence[DocumentRow],
    *,
    obsolete: Sequence[str],
) -> None:
    """See VectorIndex.upsert. All rows are checked before the first is written.

    New rows come before the removal of old ones: a document is never without its views, and a
    crash in between is healed by doing the same again.
    """
    by_partition = view_rows(views, collection.settings)
    lexical = document_rows(documents, collection.settings)
    written = {view.id for view in views}
    gone = [view_id for view_id in obsolete if view_id not in written]
    touched: list[str] = []
    if by_partition or gone:
        name = connection.ready(names.views(collection))
        for partition, rows in by_partition.items():
            _write(connection, name, rows, partition=partition.value)
        _remove(connection, name, gone)
        touched.append(name)
    if lexical:
        name = connection.ready(names.documents(collection))
        _write(connection, name, lexical)
        touched.append(name)
    connection.settled(*touched)


def update_columns(
    connection: Connection,
    collection: Collection,
    document_id: str,
    view_ids: Sequence[str],
    *,
    attributes: Mapping[str, Json],
    expires_at: datetime | None,
) -> None:
    """See VectorIndex.update_columns. Rows that do not exist are left so, tags as they are.

    Whole rows are read and written again: a partial update keeps what is not named in Milvus Lite
    and needs a recent server elsewhere.
    """
    columns = filter_columns(attributes, expires_at, declared=collection.settings.attributes)
    kept = [names.column(tag) for tag in collection.settings.tags]
    name = connection.ready(names.views(collection))
    fields = [names.ID, names.DOCUMENT_ID, names.VECTOR, *kept]
    rows: dict[str, list[Row]] = defaultdict(list)
    for row in _get(connection, name, view_ids, fields):
        _, modality = names.view_parts(row[names.ID])
        rows[modality.value].append({field: row[field] for field in fields} | columns)
    for partition, changed in rows.items():
        _write(connection, name, changed, partition=partition)
    touched = [name] if rows else []
    name = connection.ready(names.documents(collection))
    fields = [names.DOCUMENT_ID, names.TITLE, names.BODY, *kept]
    found = _get(connection, name, [document_id], fields)
    if found:
        _write(connection, name, [{field: found[0][field] for field in fields} | columns])
        touched.append(name)
    connection.settled(*touched)


def delete(
    connection: Connection,
    collection: Collection,
    document_ids: Sequence[str],
    view_ids: Sequence[str],
) -> None:
    """See VectorIndex.delete. Raises IndexDown when a row is still there afterwards."""
    for name, ids in (
        (names.views(collection), view_ids),
        (names.documents(collection), document_ids),
    ):
        if ids:
            _remove(connection, connection.ready(name), ids)
            # A few marks of deletion cost a search nothing, a flush takes 20 ms.
            if connection.embedded and len(ids) > _UNFLUSHED_DELETIONS:
                connection.settled(name)
            _verify_gone(connection, name, ids)


def _write(connection: Connection, name: str, rows: Sequence[Row], *, partition: str = "") -> None:
    for start in range(0, len(rows), _ROWS_PER_CALL):
        part = list(rows[start : start + _ROWS_PER_CALL])
        connection.client.upsert(name, part, partition_name=partition, timeout=left())


def _remove(connection: Connection, name: str, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), _ROWS_PER_CALL):
        part = list(ids[start : start + _ROWS_PER_CALL])
        connection.client.delete(name, ids=part, timeout=left())


def _verify_gone(connection: Connection, name: str, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), _ROWS_PER_CALL):
        key = names.ID if name.startswith("views_") else names.DOCUMENT_ID
        left = _get(connection, name, ids[start : start + _ROWS_PER_CALL], [key])
        if left:
            raise IndexDown(f"{len(left)} rows of {name} are still there after their deletion")


def _get(
    connection: Connection, name: str, ids: Sequence[str], fields: Sequence[str]
) -> list[dict[str, Any]]:
    if not ids:
        return []
    rows: list[dict[str, Any]] = connection.client.get(
        name, ids=list(ids), output_fields=list(fields), timeout=left()
    )
    return rows
