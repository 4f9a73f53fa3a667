"""Changes that need no embedding: filter columns, signals, deletion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.core import filters
from services.core.errors import Conflict, InputError, NotFound
from services.core.ports import Ports
from services.core.types.documents import DocumentPatch, Json, StoredDocument
from services.core.types.filters import And
from services.core.types.indexes import Collection, Index
from services.ingest import document_json, parse, tags, values, views
from services.ingest.accept import declared_attributes

MAX_DELETED: Final = 10_000
"""Documents that one deletion by filter may remove."""
CHUNK: Final = 100


def patch(ports: Ports, index: str, document_id: str, raw: object) -> StoredDocument:
    """Change `attributes` and `signals` of a JSON patch (null removes); then searches see it.

    Raises NotFound; Conflict while a job still has to write the document; InputError for a field
    or a result over a limit; IndexDown (then the sweep finishes what SQL already shows).
    """
    with ports.locks.writing(index):
        with ports.database.work() as work:
            stored_index = work.indexes.get(index)
            waiting = work.jobs.pending_job(index, document_id)
            if waiting is not None:
                raise Conflict(
                    f"job {waiting} still has to write document {document_id!r}; "
                    "try again when it has finished"
                )
            stored = work.documents.get(index, document_id)
            change = parse.patch(raw, attributes=declared_attributes(stored_index))
            tags.refuse_given(change.attributes, stored_index, field="attributes")
            changed = _changed(stored, change, stored_index)
            stored = work.documents.change(index, changed.document, now=ports.clock())
        synchronise(ports, stored_index, [stored])
    return replace(stored, in_sync=True)


def synchronise(ports: Ports, index: Index, documents: Sequence[StoredDocument]) -> None:
    """Bring filter columns of live documents to the vector store; the caller holds the lock."""
    for stored in documents:
        document = stored.document
        for collection in index.written():
            ports.vectors.update_columns(
                collection,
                document.id,
                sorted(all_views(stored, collection)),
                attributes=document.attributes,
                expires_at=document.expires_at,
            )
    with ports.database.work() as work:
        work.documents.mark_in_sync(index.name, [stored.document.id for stored in documents])


def finish_changes(ports: Ports, index: Index) -> None:
    """Bring every changed document's columns to the vector store; the caller holds the lock."""
    while True:
        with ports.database.read() as work:
            waiting = work.documents.out_of_sync(index.name, limit=CHUNK)
        if not waiting:
            return
        synchronise(ports, index, waiting)


def delete(ports: Ports, index: str, document_id: str) -> None:
    """Delete a document, and what is still to be written of it. Raises NotFound."""
    with ports.locks.writing(index):
        with ports.database.read() as work:
            work.indexes.get(index)
            pending = work.jobs.pending_job(index, document_id) is not None
            try:
                work.documents.get(index, document_id)
            except NotFound:
                if not pending:
                    raise
        _delete(ports, index, [document_id])


def delete_matching(ports: Ports, index: str, raw: object) -> int:
    """Delete the live documents that match a JSON filter; returns how many.

    What jobs still have to write is not seen. Raises NotFound; BadFilter; InputError, and deletes
    nothing, for an empty filter or more than 10,000 matches.
    """
    with ports.locks.writing(index):
        with ports.database.read() as work:
            filter = filters.parse(raw, work.indexes.get(index).settings.filterable())
            if filter == And(()):
                raise InputError.at("filter", "must not be empty; to remove all, delete the index")
            found = work.documents.matching(
                index, filter=filter, now=ports.clock(), limit=MAX_DELETED + 1
            )
        if len(found) > MAX_DELETED:
            raise InputError.at("filter", f"matches more than {MAX_DELETED} documents; narrow it")
        _delete(ports, index, [stored.document.id for stored in found])
    return len(found)


def finish_deletions(ports: Ports, index: Index, deleted: Sequence[StoredDocument]) -> None:
    """Remove deleted documents' vectors and content; the caller holds the lock."""
    for start in range(0, len(deleted), CHUNK):
        part = deleted[start : start + CHUNK]
        document_ids = [stored.document.id for stored in part]
        most = ports.settings.ingest.max_images_per_document
        with ports.database.read() as work:
            cut_short = work.jobs.unwritten(index.name, document_ids)
        for collection in index.written():
            view_ids = {
                view_id for one in part for view_id in all_views(one, collection, images=most)
            }
            for payload in cut_short:
                document = document_json.load(payload)
                view_ids |= views.possible_ids(document, collection.settings.segments)
            ports.vectors.delete(collection, document_ids, sorted(view_ids))
        with ports.database.work() as work:
            work.documents.purge(index.name, document_ids)


def all_views(stored: StoredDocument, collection: Collection, *, images: int = 0) -> set[str]:
    """Ids of every row the document can have in a collection, for at least so many pictures."""
    possible = views.possible_ids(stored.document, collection.settings.segments, images=images)
    return set(stored.views) | possible


def _delete(ports: Ports, index: str, document_ids: Sequence[str]) -> None:
    with ports.database.work() as work:
        now = ports.clock()
        # Jobs before the number, as everywhere: who takes them the other way round waits for ever.
        work.jobs.cancel_documents(index, document_ids, now=now)
        sequence = work.jobs.next_sequence()
        work.documents.mark_deleted(index, document_ids, sequence=sequence, now=now)
    with ports.database.read() as work:
        stored_index = work.indexes.get(index)
        gone = work.documents.known(index, document_ids)
    finish_deletions(ports, stored_index, list(gone.values()))


def _changed(stored: StoredDocument, change: DocumentPatch, index: Index) -> StoredDocument:
    attributes: dict[str, Json] = {**stored.document.attributes, **change.attributes}
    signals = {**stored.document.signals, **change.signals}
    document = replace(
        stored.document,
        attributes=values.attributes(
            attributes, declared=declared_attributes(index), field="attributes"
        ),
        signals={
            name: value
            for name, value in values.signals(signals, field="signals", nullable=True).items()
            if value is not None
        },
    )
    return replace(stored, document=document)
