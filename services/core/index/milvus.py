"""The VectorIndex port on Milvus; each method is told in the module it calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from services.core.index import lifecycle, names, reading, writing
from services.core.index.connection import CHECK_S, Connection
from services.core.types.documents import Json
from services.core.types.filters import Filter
from services.core.types.indexes import Collection, CollectionStats
from services.core.types.search import DocumentRow, LexicalHit, ViewHit, ViewRow
from services.core.types.vectors import Modality, Vector


class MilvusIndex:
    """VectorIndex on a Milvus Lite file (a path that ends in `.db`) or a server (`http://...`).

    One process owns a file. Reads may run in any number of threads beside one writer per index.
    Raises IndexDown when it cannot be opened.
    """

    def __init__(self, uri: str, *, token: str = "") -> None:
        self._connection = Connection(uri, token=token)

    def create(self, collection: Collection) -> None:
        with self._connection.calling("create a collection"):
            lifecycle.create(self._connection, collection)

    def drop(self, collection: Collection) -> None:
        with self._connection.calling("drop a collection"):
            lifecycle.drop(self._connection, collection)

    def serve(self, collection: Collection) -> None:
        with self._connection.calling("change an alias"):
            lifecycle.serve(self._connection, collection)

    def withdraw(self, index: str) -> None:
        with self._connection.calling("remove an alias"):
            lifecycle.withdraw(self._connection, index)

    def generations(self, index: str) -> tuple[int, ...]:
        with self._connection.calling("list collections"):
            return lifecycle.generations(self._connection, index)

    def upsert(
        self,
        collection: Collection,
        views: Sequence[ViewRow],
        documents: Sequence[DocumentRow],
        *,
        obsolete: Sequence[str] = (),
    ) -> None:
        with self._connection.calling("write"):
            writing.upsert(self._connection, collection, views, documents, obsolete=obsolete)

    def update_columns(
        self,
        collection: Collection,
        document_id: str,
        view_ids: Sequence[str],
        *,
        attributes: Mapping[str, Json],
        expires_at: datetime | None,
    ) -> None:
        with self._connection.calling("change columns"):
            writing.update_columns(
                self._connection,
                collection,
                document_id,
                view_ids,
                attributes=attributes,
                expires_at=expires_at,
            )

    def delete(
        self, collection: Collection, document_ids: Sequence[str], view_ids: Sequence[str]
    ) -> None:
        with self._connection.calling("delete"):
            writing.delete(self._connection, collection, document_ids, view_ids)

    def search(
        self,
        collection: Collection,
        vector: Vector,
        *,
        modalities: Sequence[Modality],
        limit: int,
        filter: Filter | None = None,
        now: datetime | None = None,
    ) -> list[ViewHit]:
        with self._connection.calling("search"):
            return reading.search(
                self._connection,
                collection,
                vector,
                modalities=modalities,
                limit=limit,
                filter=filter,
                now=now,
            )

    def search_among(
        self, collection: Collection, vector: Vector, *, view_ids: Sequence[str], limit: int
    ) -> list[ViewHit]:
        with self._connection.calling("read vectors"):
            return reading.search_among(
                self._connection, collection, vector, view_ids=view_ids, limit=limit
            )

    def search_text(
        self,
        collection: Collection,
        text: str,
        *,
        limit: int,
        filter: Filter | None = None,
        now: datetime | None = None,
    ) -> list[LexicalHit]:
        with self._connection.calling("search for words"):
            return reading.search_text(
                self._connection, collection, text, limit=limit, filter=filter, now=now
            )

    def vectors(self, collection: Collection, view_ids: Sequence[str]) -> dict[str, Vector]:
        with self._connection.calling("read vectors"):
            return reading.vectors(self._connection, collection, view_ids)

    def view_ids(self, collection: Collection) -> Iterator[str]:
        with self._connection.calling("list views"):
            yield from reading.keys(self._connection, names.views(collection), names.ID)

    def document_ids(self, collection: Collection) -> Iterator[str]:
        with self._connection.calling("list documents"):
            name = names.documents(collection)
            yield from reading.keys(self._connection, name, names.DOCUMENT_ID)

    def stats(self, collection: Collection) -> CollectionStats:
        with self._connection.calling("count rows"):
            return reading.stats(self._connection, collection)

    def check(self) -> None:
        with self._connection.calling("answer"):
            self._connection.client.list_collections(timeout=CHECK_S)

    def close(self) -> None:
        self._connection.close()
