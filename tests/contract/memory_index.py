"""A second vector index, exact and in memory: the oracle that the real one is held against."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from services.core.errors import Conflict, IndexDown
from services.core.filters import matches
from services.core.types.documents import Json
from services.core.types.filters import Filter
from services.core.types.indexes import Collection, CollectionStats
from services.core.types.search import DocumentRow, LexicalHit, ViewHit, ViewRow
from services.core.types.vectors import Modality, Vector
from services.core.vectors import check_unit


@dataclass
class _Rows:
    collection: Collection
    views: dict[str, ViewRow] = field(default_factory=dict)
    documents: dict[str, DocumentRow] = field(default_factory=dict)


class MemoryIndex:
    """VectorIndex in dictionaries: every vector is scored, words are counted."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, int], _Rows] = {}
        self._serving: dict[str, int] = {}
        self._closed = False

    def create(self, collection: Collection) -> None:
        self.check()
        held = self._held.setdefault(_key(collection), _Rows(collection))
        if held.collection.settings != collection.settings:
            raise Conflict("the collection exists with other settings")

    def drop(self, collection: Collection) -> None:
        if self._serving.get(collection.index) == collection.generation:
            raise Conflict("the collection serves")
        self._held.pop(_key(collection), None)

    def serve(self, collection: Collection) -> None:
        self._rows(collection)
        self._serving[collection.index] = collection.generation

    def withdraw(self, index: str) -> None:
        self._serving.pop(index, None)

    def generations(self, index: str) -> tuple[int, ...]:
        return tuple(sorted(generation for name, generation in self._held if name == index))

    def upsert(
        self,
        collection: Collection,
        views: Sequence[ViewRow],
        documents: Sequence[DocumentRow],
        *,
        obsolete: Sequence[str] = (),
    ) -> None:
        rows = self._rows(collection)
        for view in views:
            check_unit(view.vector, dimensions=collection.settings.dimensions)
            if view.id.split(":")[1] != view.modality:
                raise ValueError("a view id must name its modality")
        for view_id in obsolete:
            rows.views.pop(view_id, None)
        rows.views |= {view.id: view for view in views}
        rows.documents |= {document.document_id: document for document in documents}

    def update_columns(
        self,
        collection: Collection,
        document_id: str,
        view_ids: Sequence[str],
        *,
        attributes: Mapping[str, Json],
        expires_at: datetime | None,
    ) -> None:
        rows = self._rows(collection)
        tags = collection.settings.tags

        def columns(old: Mapping[str, Json]) -> dict[str, Json]:
            return {**attributes, **{name: old[name] for name in tags if name in old}}

        for view_id in rows.views.keys() & set(view_ids):
            row = rows.views[view_id]
            rows.views[view_id] = replace(
                row, attributes=columns(row.attributes), expires_at=expires_at
            )
        if document_id in rows.documents:
            held = rows.documents[document_id]
            rows.documents[document_id] = replace(
                held, attributes=columns(held.attributes), expires_at=expires_at
            )

    def delete(
        self, collection: Collection, document_ids: Sequence[str], view_ids: Sequence[str]
    ) -> None:
        rows = self._rows(collection)
        for view_id in view_ids:
            rows.views.pop(view_id, None)
        for document_id in document_ids:
            rows.documents.pop(document_id, None)

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
        check_unit(vector, dimensions=collection.settings.dimensions)
        found = [
            view
            for view in self._rows(collection).views.values()
            if view.modality in modalities and _passes(view, filter, now)
        ]
        return _scored(found, vector)[:limit]

    def search_among(
        self, collection: Collection, vector: Vector, *, view_ids: Sequence[str], limit: int
    ) -> list[ViewHit]:
        views = self._rows(collection).views
        return _scored([views[key] for key in set(view_ids) if key in views], vector)[:limit]

    def search_text(
        self,
        collection: Collection,
        text: str,
        *,
        limit: int,
        filter: Filter | None = None,
        now: datetime | None = None,
    ) -> list[LexicalHit]:
        asked = set(_words(text))
        counts = {
            document.document_id: sum(
                word in asked for word in _words(f"{document.title} {document.body}")
            )
            for document in self._rows(collection).documents.values()
            if _passes(document, filter, now)
        }
        best = sorted((key for key in counts if counts[key]), key=lambda key: (-counts[key], key))
        return [LexicalHit(key, rank) for rank, key in enumerate(best[:limit], start=1)]

    def vectors(self, collection: Collection, view_ids: Sequence[str]) -> dict[str, Vector]:
        views = self._rows(collection).views
        return {key: views[key].vector for key in view_ids if key in views}

    def view_ids(self, collection: Collection) -> Iterator[str]:
        return iter(tuple(self._rows(collection).views))

    def document_ids(self, collection: Collection) -> Iterator[str]:
        return iter(tuple(self._rows(collection).documents))

    def stats(self, collection: Collection) -> CollectionStats:
        rows = self._rows(collection)
        held = [view.modality for view in rows.views.values()]
        return CollectionStats(
            views={modality.value: held.count(modality) for modality in Modality},
            documents=len(rows.documents),
        )

    def check(self) -> None:
        if self._closed:
            raise IndexDown("closed")

    def close(self) -> None:
        self._closed = True

    def _rows(self, collection: Collection) -> _Rows:
        self.check()
        if _key(collection) not in self._held:
            raise IndexDown("no such collection")
        return self._held[_key(collection)]


def _key(collection: Collection) -> tuple[str, int]:
    return collection.index, collection.generation


def _passes(row: ViewRow | DocumentRow, filter: Filter | None, now: datetime | None) -> bool:
    if now is not None and row.expires_at is not None and row.expires_at <= now:
        return False
    return filter is None or matches(filter, row.attributes)


def _scored(views: Sequence[ViewRow], vector: Vector) -> list[ViewHit]:
    hits = [
        ViewHit(view.id, view.document_id, view.modality, float(np.dot(view.vector, vector)))
        for view in views
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.view_id))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
