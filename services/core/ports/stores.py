"""The stores of a unit of work, one per table family; `ledger` has those of jobs and queues."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.core.types.access import ApiKey
from services.core.types.documents import Document, Media, StoredDocument
from services.core.types.filters import Filter
from services.core.types.idempotency import RememberedResponse
from services.core.types.indexes import Index


class IndexStore(Protocol):
    def get(self, name: str) -> Index:
        """Raises NotFound."""

    def all(self) -> list[Index]:
        """All, by name."""

    def add(self, index: Index) -> None:
        """Raises Conflict if the name is taken."""

    def save(self, index: Index) -> None:
        """Replace the stored settings and generations. Raises NotFound."""

    def remove(self, name: str) -> None:
        """Forget the index with its documents, jobs, items and media links. Raises NotFound."""


class DocumentStore(Protocol):
    def get(self, index: str, document_id: str) -> StoredDocument:
        """The live document (not deleted). Raises NotFound."""

    def live(
        self, index: str, document_ids: Sequence[str], *, now: datetime
    ) -> dict[str, StoredDocument]:
        """Those that exist, are not deleted and not expired: the last gate of a search."""

    def page(
        self,
        index: str,
        *,
        after: str | None,
        limit: int,
        filter: Filter | None = None,
    ) -> list[StoredDocument]:
        """Live documents by id, those after `after`."""

    def put(
        self, index: str, document: Document, *, sequence: int, views: Sequence[str], now: datetime
    ) -> bool:
        """Store or replace, in sync; False (and nothing written) if a later sequence is there.

        A deletion with a later sequence counts as a later write. Raises NotFound for the index.
        """

    def known(self, index: str, document_ids: Sequence[str]) -> dict[str, StoredDocument]:
        """Rows as they are, deleted ones included (for sequences and obsolete views)."""

    def change(self, index: str, document: Document, *, now: datetime) -> StoredDocument:
        """Replace attributes and signals of a live document and mark it out of sync.

        Raises NotFound.
        """

    def mark_in_sync(self, index: str, document_ids: Sequence[str]) -> None: ...

    def mark_deleted(
        self, index: str, document_ids: Sequence[str], *, sequence: int, now: datetime
    ) -> None:
        """Hide from every reader at once; the rows stay until `purge`.

        An id that no row has yet gets one, so that an older write still on its way comes too
        late. A document with a later sequence is left alone.
        """

    def deleted(self, index: str, *, limit: int) -> list[StoredDocument]:
        """Deleted rows whose vectors may still be there."""

    def out_of_sync(self, index: str, *, limit: int) -> list[StoredDocument]:
        """Live documents whose filter columns have not yet reached the vector store."""

    def purge(self, index: str, document_ids: Sequence[str]) -> None:
        """Forget deleted rows' content and vectors; only the sequence of the deletion stays."""

    def matching(
        self, index: str, *, filter: Filter | None, now: datetime, limit: int
    ) -> list[StoredDocument]:
        """Live, unexpired documents that match, by id."""

    def count(
        self, index: str, *, filter: Filter | None = None, now: datetime | None = None
    ) -> int:
        """Live documents that match (and, with `now`, are not expired)."""

    def with_skus(self, index: str, skus: Sequence[str], *, now: datetime) -> list[str]:
        """Ids of live documents with exactly one of these SKUs (case-insensitive).

        In the order of the SKUs, those of one SKU by id.
        """

    def worded(
        self,
        index: str,
        words: Sequence[str],
        *,
        filter: Filter | None,
        now: datetime,
        limit: int,
    ) -> list[str]:
        """Ids of live, unexpired documents that match and have at least one of these words.

        A word is found anywhere in title or description, in any case. Those with more of the
        words come first, then those with more in the title, equal ones by id. At most `MOST_WORDS`
        words count, the first ones; every document of the index is looked at.
        """


class TornWrites(Protocol):
    """Documents whose vectors are being written: if the writer ends before SQL, they stay here."""

    def mark(self, index: str, document_ids: Sequence[str], *, now: datetime) -> None:
        """Remember them before their vectors are touched; each has a row, deleted or not."""

    def forget(self, index: str, document_ids: Sequence[str]) -> None:
        """Vectors and SQL are of one version again."""

    def ids(self, index: str, *, limit: int) -> list[str]:
        """Those that are marked, longest first."""


class MediaCatalog(Protocol):
    def put(self, media: Media) -> None:
        """Store or replace."""

    def get(self, media_id: str) -> Media:
        """Raises NotFound."""

    def link(self, index: str, document_id: str, media_ids: Sequence[str]) -> None:
        """These, and only these, are now the document's media."""

    def abandoned(self, *, now: datetime, unlinked_before: datetime, limit: int) -> list[Media]:
        """Expired ones, and those of an index put before then that nobody holds.

        A document holds what it is linked to; an item that is still to be done holds the stored
        media its payload or its prepared document names.
        """

    def remove(self, media_ids: Sequence[str]) -> None: ...


class KeyStore(Protocol):
    def add(self, key: ApiKey) -> None: ...

    def by_secret(self, secret_sha256: str) -> ApiKey | None: ...

    def all(self) -> list[ApiKey]: ...

    def remove(self, key_id: str) -> None:
        """Raises NotFound."""


class IdempotencyStore(Protocol):
    def get(self, caller: str, key: str, *, now: datetime) -> RememberedResponse | None: ...

    def put(
        self, caller: str, key: str, response: RememberedResponse, *, expires_at: datetime
    ) -> None:
        """Raises Conflict if the key was taken meanwhile (or has expired but is not forgotten)."""

    def forget_expired(self, *, now: datetime) -> int: ...
