"""The VectorIndex port on Milvus; each method is told in the module it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from services.core.index import lifecycle, names, reading, writing
from services.core.index.connection import (
    CHECK,
    EXACT,
    LOAD,
    READ,
    SEARCH,
    WRITE,
    Connection,
)
from services.core.types.documents import Json
from services.core.types.filters import Filter
from services.core.types.indexes import Collection, CollectionStats
from services.core.types.search import DocumentRow, LexicalHit, ViewHit, ViewRow
from services.core.types.vectors import Modality, Vector


class MilvusIndex:
    """VectorIndex on a Milvus Lite file (a path that ends in `.db`) or a server (`http://...`).

    One process owns a file; any number of processes share a server. Reads may run in any number of
    threads beside one writer per index. Raises IndexDown when a file cannot be opened; a server is
    first asked when it is needed.
    """

    def __init__(self, uri: str, *, token: str = "") -> None:
        self._connection = Connection(uri, token=token)

    def create(self, collection: Collection) -> None:
        step = partial(lifecycle.create, self._connection, collection)
        self._connection.run("create a collection", step, patience=LOAD)

    def drop(self, collection: Collection) -> None:
        step = partial(lifecycle.drop, self._connection, collection)
        self._connection.run("drop a collection", step, patience=WRITE)

    def serve(self, collection: Collection) -> None:
        step = partial(lifecycle.serve, self._connection, collection)
        self._connection.run("change an alias", step, patience=WRITE)

    def withdraw(self, index: str) -> None:
        step = partial(lifecycle.withdraw, self._connection, index)
        self._connection.run("remove an alias", step, patience=WRITE)

    def generations(self, index: str) -> tuple[int, ...]:
        step = partial(lifecycle.generations, self._connection, index)
        return self._connection.run("list collections", step, patience=READ)

    def upsert(
        self,
        collection: Collection,
        views: Sequence[ViewRow],
        documents: Sequence[DocumentRow],
        *,
        obsolete: Sequence[str] = (),
    ) -> None:
        step = partial(
            writing.upsert, self._connection, collection, views, documents, obsolete=obsolete
        )
        self._connection.run("write", step, patience=WRITE)

    def update_columns(
        self,
        collection: Collection,
        document_id: str,
        view_ids: Sequence[str],
        *,
        attributes: Mapping[str, Json],
        expires_at: datetime | None,
    ) -> None:
        step = partial(
            writing.update_columns,
            self._connection,
            collection,
            document_id,
            view_ids,
            attributes=attributes,
            expires_at=expires_at,
        )
        self._connection.run("change columns", step, patience=WRITE)

    def delete(
        self, collection: Collection, document_ids: Sequence[str], view_ids: Sequence[str]
    ) -> None:
        step = partial(writing.delete, self._connection, collection, document_ids, view_ids)
        self._connection.run("delete", step, patience=WRITE)

    def search(
        self,
        collection: Collection,
        vector: Vector,
        *,
        modalities: Sequence[Modality],
        limit: int,
        filter: Filter | None = None,
        now: datetime | None = None,
        ef: int | None = None,
    ) -> list[ViewHit]:
        step = partial(
            reading.search,
            self._connection,
            collection,
            vector,
            modalities=modalities,
            limit=limit,
            filter=filter,
            now=now,
            ef=ef,
        )
        return self._connection.run("search", step, patience=SEARCH)

    def search_among(
        self, collection: Collection, vector: Vector, *, view_ids: Sequence[str], limit: int
    ) -> list[ViewHit]:
        step = partial(
            reading.search_among,
            self._connection,
            collection,
            vector,
            view_ids=view_ids,
            limit=limit,
        )
        return self._connection.run("read vectors", step, patience=EXACT)

    def search_text(
        self,
        collection: Collection,
        text: str,
        *,
        limit: int,
        filter: Filter | None = None,
        now: datetime | None = None,
    ) -> list[LexicalHit]:
        step = partial(
            reading.search_text,
            self._connection,
            collection,
            text,
            limit=limit,
            filter=filter,
            now=now,
        )
        return self._connection.run("search for words", step, patience=SEARCH)

    def vectors(self, collection: Collection, view_ids: Sequence[str]) -> dict[str, Vector]:
        step = partial(reading.vectors, self._connection, collection, view_ids)
        return self._connection.run("read vectors", step, patience=EXACT)

    def view_ids(self, collection: Collection) -> Iterator[str]:
        yield from reading.keys(self._connection, names.views(collection), names.ID)

    def document_ids(self, collection: Collection) -> Iterator[str]:
        yield from reading.keys(self._connection, names.documents(collection), names.DOCUMENT_ID)

    def stats(self, collection: Collection) -> CollectionStats:
        step = partial(reading.stats, self._connection, collection)
        return self._connection.run("count rows", step, patience=READ)

    def check(self) -> None:
        step = partial(reading.probe, self._connection)
        self._connection.run("answer", step, patience=CHECK)

    def close(self) -> None:
        self._connection.close()
