"""Making, serving and removing the collections of an index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymilvus import CollectionSchema

from services.core.errors import Conflict
from services.core.index import names, schema
from services.core.index.connection import READ_S, WRITE_S, Connection
from services.core.types.indexes import Collection
from services.core.types.vectors import Modality


def create(connection: Connection, collection: Collection) -> None:
    """See VectorIndex.create. Every step is checked first, so a crash in between is repaired."""
    settings = collection.settings
    views = names.views(collection)
    _ensure(
        connection,
        views,
        schema.views_schema(settings),
        schema.views_indexes(settings.hnsw),
        partitions=tuple(Modality),
    )
    _ensure(
        connection,
        names.documents(collection),
        schema.documents_schema(settings),
        schema.documents_indexes(),
        partitions=(),
    )


def drop(connection: Connection, collection: Collection) -> None:
    """See VectorIndex.drop. Milvus Lite would drop a collection under its alias."""
    pairs = (
        (names.views(collection), names.views_alias(collection.index)),
        (names.documents(collection), names.documents_alias(collection.index)),
    )
    for name, alias in pairs:
        if alias in _aliases(connection, name):
            raise Conflict(
                f"collection {name} serves index {collection.index!r} and cannot be dropped"
            )
    for name, _ in pairs:
        connection.forget(name)
        if connection.client.has_collection(name, timeout=READ_S):
            connection.client.drop_collection(name, timeout=WRITE_S)


def serve(connection: Connection, collection: Collection) -> None:
    """See VectorIndex.serve. Each alias flips in one step; repeating it finishes the second."""
    for name, alias in (
        (names.views(collection), names.views_alias(collection.index)),
        (names.documents(collection), names.documents_alias(collection.index)),
    ):
        if alias in _aliases(connection):
            connection.client.alter_alias(name, alias, timeout=WRITE_S)
        else:
            connection.client.create_alias(name, alias, timeout=WRITE_S)


def withdraw(connection: Connection, index: str) -> None:
    """See VectorIndex.withdraw."""
    existing = _aliases(connection)
    for alias in (names.views_alias(index), names.documents_alias(index)):
        if alias in existing:
            connection.client.drop_alias(alias, timeout=WRITE_S)


def generations(connection: Connection, index: str) -> tuple[int, ...]:
    """See VectorIndex.generations: those of which at least one collection exists."""
    existing = connection.client.list_collections(timeout=READ_S)
    found = {names.generation(name, index) for name in existing}
    return tuple(sorted(number for number in found if number is not None))


def _ensure(
    connection: Connection,
    name: str,
    wanted: CollectionSchema,
    indexes: Mapping[str, Mapping[str, Any]],
    *,
    partitions: tuple[Modality, ...],
) -> None:
    client = connection.client
    if not client.has_collection(name, timeout=READ_S):
        connection.clear_remains(name)
        client.create_collection(name, schema=wanted, consistency_level="Strong", timeout=WRITE_S)
    schema.check_fields(name, client.describe_collection(name, timeout=READ_S), wanted)
    existing = client.list_partitions(name, timeout=READ_S)
    for partition in partitions:
        if partition.value not in existing:
            client.create_partition(name, partition.value, timeout=WRITE_S)
    for field, index in indexes.items():
        if field not in client.list_indexes(name, timeout=READ_S):
            params = client.prepare_index_params()
            params.add_index(field, index_name=field, **index)
            # Not awaited: the wait sleeps half a second an index, and loading waits for them all.
            client.create_index(name, params, timeout=WRITE_S, sync=False)
        schema.check_index(name, client.describe_index(name, field, timeout=READ_S), index)
    connection.ready(name)


def _aliases(connection: Connection, name: str = "") -> list[str]:
    """All aliases, or those of one collection (none when it does not exist)."""
    client = connection.client
    if name and not client.has_collection(name, timeout=READ_S):
        return []
    answer: Any = client.list_aliases(name, timeout=READ_S)
    return list(answer["aliases"])
