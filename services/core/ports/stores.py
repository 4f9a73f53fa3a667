"""The stores of a unit of work, one per table family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.core.types.access import ApiKey
from services.core.types.documents import Document, Json, Media, StoredDocument
from services.core.types.filters import Filter
from services.core.types.idempotency import RememberedResponse
from services.core.types.indexes import Index
from services.core.types.jobs import Item, ItemError, ItemState, Job, JobKind, JobState


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


class JobStore(Protocol):
    """Jobs and items. What changes or returns a job raises NotFound if it is not there.

    What has finished stays as it ended: marking a finished item, or finishing a finished job,
    changes nothing. Only `retry_failed` opens it again.
    """

    def add(
        self,
        job_id: str,
        *,
        index: str,
        kind: JobKind,
        source: Mapping[str, Json] | None,
        expanded: bool,
        now: datetime,
    ) -> None: ...

    def add_items(
        self, job_id: str, items: Sequence[tuple[str, Mapping[str, Json]]], *, now: datetime
    ) -> None:
        """Append (document_id, payload) items, queued, with ascending sequences.

        Raises Conflict if the job has finished.
        """

    def add_failed_item(
        self,
        job_id: str,
        document_id: str,
        payload: Mapping[str, Json],
        *,
        error: ItemError,
        now: datetime,
    ) -> None:
        """Append a row of a source that is no valid document."""

    def next_sequence(self) -> int:
        """Take a number later than every item's so far (for deletions)."""

    def get(self, job_id: str) -> Job:
        """Raises NotFound."""

    def page(
        self, *, index: str | None, states: Sequence[JobState], before: str | None, limit: int
    ) -> list[Job]:
        """Newest first; `before` is the id of the last one seen."""

    def items(
        self, job_id: str, *, state: ItemState | None, after: int | None, limit: int
    ) -> list[Item]:
        """By sequence, those after `after`."""

    def claim(
        self,
        job_id: str,
        state: ItemState,
        *,
        limit: int,
        worker: str,
        now: datetime,
        lease_s: float,
    ) -> list[Item]:
        """Take items in this state that nobody holds and that are due, oldest first.

        A claim whose lease has run out may be taken by another worker.
        """

    def hold(self, sequences: Sequence[int], *, until: datetime) -> None:
        """Lengthen the lease of those that are claimed and still to be done."""

    def unwritten(self, index: str, document_ids: Sequence[str]) -> list[Mapping[str, Json]]:
        """What was prepared of these documents and never succeeded: it may be half-written."""

    def mark_prepared(
        self, sequence: int, prepared: Mapping[str, Json], *, now: datetime
    ) -> None: ...

    def mark_succeeded(self, sequence: int, *, now: datetime) -> None: ...

    def mark_failed(self, sequence: int, error: ItemError, *, now: datetime) -> None: ...

    def defer(self, sequence: int, error: ItemError, *, until: datetime) -> None:
        """Count an attempt and leave it in its state until then."""

    def pending(self, sequences: Sequence[int]) -> set[int]:
        """Which of these are still to be done (not cancelled, failed or finished meanwhile)."""

    def held(self, *, worker_prefix: str) -> list[Item]:
        """Prepared items such workers have claimed, by sequence: they may be half-written."""

    def release(self, *, worker_prefix: str) -> int:
        """Drop the claims of workers that are known to be gone; returns how many."""

    def advance(self, job_id: str, *, cursor: str, done: int | None = None) -> None:
        """Remember how far an import or a rebuild has come (`done`: documents of a rebuild)."""

    def set_total(self, job_id: str, total: int) -> None:
        """A rebuild's number of documents."""

    def mark_expanded(self, job_id: str) -> None:
        """No further items will come."""

    def start(self, job_id: str, *, now: datetime) -> None:
        """queued -> running; otherwise unchanged."""

    def settle(self, job_id: str, *, now: datetime) -> Job:
        """Recount; once expanded and nothing is left, set the final state and time."""

    def finish(
        self, job_id: str, state: JobState, *, error: ItemError | None, now: datetime
    ) -> None:
        """End a job whatever its items say (a rebuild, or a source that cannot be read).

        Items still to be done are cancelled, and no further ones will come.
        """

    def unfinished(self) -> list[Job]:
        """Queued and running jobs, oldest first."""

    def cancel(self, job_id: str, *, now: datetime) -> int:
        """Cancel what is still to be done; returns how many items. Raises Conflict if finished.

        No further items will come, even if its failures are tried again.
        """

    def cancel_documents(self, index: str, document_ids: Sequence[str], *, now: datetime) -> None:
        """Cancel pending items of documents that are being deleted, and settle their jobs."""

    def retry_failed(self, job_id: str, *, now: datetime) -> int:
        """Queue failed items again with fresh attempts; returns how many."""

    def pending_job(self, index: str, document_id: str) -> str | None:
        """The job that still has to write this document, if any."""

    def due_in_s(self, job_id: str, state: ItemState, *, now: datetime) -> float | None:
        """Seconds until the next item in this state can be claimed; None when there is none."""


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
