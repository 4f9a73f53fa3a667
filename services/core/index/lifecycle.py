"""Making, serving and removing the collections of an index."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from pymilvus import CollectionSchema
from pymilvus.exceptions import MilvusException

from services.core.errors import Conflict
from services.core.index import names, schema
from services.core.index.channel import left
from services.core.index.connection import Connection
from services.core.types.indexes import Collection
from services.core.types.vectors import Modality

_ANOTHER_S: Final = 5.0
"""How long another process that was first may still be at it, in seconds."""
_POLL_S: Final = 0.05


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
        if _has(connection, name):
            drop_it = partial(connection.client.drop_collection, name, timeout=left())
            _unless(drop_it, partial(_lacks, connection, name))


def serve(connection: Connection, collection: Collection) -> None:
    """See VectorIndex.serve. Each alias flips in one step; repeating it finishes the second."""
    for name, alias in (
        (names.views(collection), names.views_alias(collection.index)),
        (names.documents(collection), names.documents_alias(collection.index)),
    ):
        if not _serves(connection, alias):
            create_it = partial(connection.client.create_alias, name, alias, timeout=left())
            _unless(create_it, partial(_serves, connection, alias))
        connection.client.alter_alias(name, alias, timeout=left())


def withdraw(connection: Connection, index: str) -> None:
    """See VectorIndex.withdraw."""
    existing = _aliases(connection)
    for alias in (names.views_alias(index), names.documents_alias(index)):
        if alias in existing:
            connection.client.drop_alias(alias, timeout=left())


def generations(connection: Connection, index: str) -> tuple[int, ...]:
    """See VectorIndex.generations: those of which at least one collection exists."""
    existing = connection.client.list_collections(timeout=left())
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
    if not _has(connection, name):
        connection.forget(name)
        connection.clear_remains(name)
        # Rows that are read by key are what was last written; a search says otherwise itself.
        create_it = partial(
            client.create_collection,
            name,
            schema=wanted,
            consistency_level="Strong",
            timeout=left(),
        )
        _unless(create_it, partial(_has, connection, name))
    schema.check_fields(name, client.describe_collection(name, timeout=left()), wanted)
    existing = client.list_partitions(name, timeout=left())
    for partition in partitions:
        if partition.value not in existing:
            create_it = partial(client.create_partition, name, partition.value, timeout=left())
            _unless(create_it, partial(_divides, connection, name, partition.value))
    for field, index in indexes.items():
        if not _indexes(connection, name, field):
            params = client.prepare_index_params()
            params.add_index(field, index_name=field, **index)
            # Not awaited: the wait sleeps half a second an index, and loading waits for them all.
            create_it = partial(client.create_index, name, params, timeout=left(), sync=False)
            _unless(create_it, partial(_indexes, connection, name, field))
        schema.check_index(name, client.describe_index(name, field, timeout=left()), index)
    connection.ready(name)


def _unless(step: Callable[[], object], done: Callable[[], bool]) -> None:
    """Take a step; where it fails because another process was first, that is as well.

    Milvus Lite's server shows a collection only some time after it refuses to make it again.
    """
    try:
        step()
    except MilvusException as problem:
        patience_s = _ANOTHER_S if "exist" in str(problem.message).lower() else 0.0
        last = time.monotonic() + min(patience_s, left())
        while not done():
            if time.monotonic() >= last:
                raise
            time.sleep(_POLL_S)


def _has(connection: Connection, name: str) -> bool:
    return bool(connection.client.has_collection(name, timeout=left()))


def _lacks(connection: Connection, name: str) -> bool:
    return not _has(connection, name)


def _divides(connection: Connection, name: str, partition: str) -> bool:
    return bool(connection.client.has_partition(name, partition, timeout=left()))


def _indexes(connection: Connection, name: str, field: str) -> bool:
    return field in connection.client.list_indexes(name, timeout=left())


def _serves(connection: Connection, alias: str) -> bool:
    return alias in _aliases(connection)


def _aliases(connection: Connection, name: str = "") -> list[str]:
    """All aliases, or those of one collection (none when it does not exist)."""
    if name and not _has(connection, name):
        return []
    answer: Any = connection.client.list_aliases(name, timeout=left())
    return list(answer["aliases"])
