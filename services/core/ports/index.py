"""The port to the vector store: collections of views and of documents for words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.core.types.documents import Json
from services.core.types.filters import Filter
from services.core.types.indexes import Collection, CollectionStats
from services.core.types.search import DocumentRow, LexicalHit, ViewHit, ViewRow
from services.core.types.vectors import Modality, Vector


class VectorIndex(Protocol):
    """A derived index that can always be rebuilt from SQL.

    One writer per index at a time (the caller holds IndexLocks.writing). Every method raises
    IndexDown when the store does not answer.
    """

    def create(self, collection: Collection) -> None:
        """Create it with its partitions and indexes, and load it; an existing one is kept.

        Raises Conflict when what exists has other settings or another index than asked for.
        """

    def drop(self, collection: Collection) -> None:
        """Remove it; an absent one is fine. Raises Conflict while it serves."""

    def serve(self, collection: Collection) -> None:
        """Point the index's alias at this generation, in one step."""

    def withdraw(self, index: str) -> None:
        """Remove the index's aliases, so that its collections can be dropped."""

    def generations(self, index: str) -> tuple[int, ...]:
        """Which generations of an index exist, ascending."""

    def upsert(
        self,
        collection: Collection,
        views: Sequence[ViewRow],
        documents: Sequence[DocumentRow],
        *,
        obsolete: Sequence[str] = (),
    ) -> None:
        """Write rows by id, remove the `obsolete` view ids, flush. Doing it twice changes nothing.

        Raises ValueError for a vector that is not finite, not of unit length or of another size.
        """

    def update_columns(
        self,
        collection: Collection,
        document_id: str,
        view_ids: Sequence[str],
        *,
        attributes: Mapping[str, Json],
        expires_at: datetime | None,
    ) -> None:
        """Change the filter columns of a document's rows; vectors, text and found tags stay."""

    def delete(
        self, collection: Collection, document_ids: Sequence[str], view_ids: Sequence[str]
    ) -> None:
        """Remove rows by key and make sure they are gone; absent ones are fine."""

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
        """Nearest views, best first, ties by view id; with `now`, only those not expired.

        `ef` says how far a graph looks (at least `limit`); None leaves it to the store.
        """

    def search_among(
        self,
        collection: Collection,
        vector: Vector,
        *,
        view_ids: Sequence[str],
        limit: int,
    ) -> list[ViewHit]:
        """Score exactly these views (absent ids are skipped), best first, ties by view id."""

    def search_text(
        self,
        collection: Collection,
        text: str,
        *,
        limit: int,
        filter: Filter | None = None,
        now: datetime | None = None,
    ) -> list[LexicalHit]:
        """Best documents by BM25 over title and body, each once, ranked from 1."""

    def vectors(self, collection: Collection, view_ids: Sequence[str]) -> dict[str, Vector]:
        """The stored vectors of those ids that exist."""

    def view_ids(self, collection: Collection) -> Iterator[str]:
        """Every view id held, in no particular order."""

    def document_ids(self, collection: Collection) -> Iterator[str]:
        """Every document id held for words, in no particular order."""

    def stats(self, collection: Collection) -> CollectionStats: ...

    def check(self) -> None:
        """Raise IndexDown unless it answers now."""

    def close(self) -> None:
        """Release it; for an embedded store, also its lock on the file."""
