"""The one place where documents become searchable: vectors first, then SQL, under the lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.core.ports import Ports, UnitOfWork
from services.core.types import attached_json
from services.core.types.documents import Document, StoredDocument
from services.core.types.indexes import Collection, Index
from services.core.types.jobs import Item
from services.core.types.search import ViewRow
from services.ingest import attached, embed, references, tags, views


@dataclass(frozen=True, slots=True)
class Embedded:
    """An item whose document is ready to be written; `rows` by generation of the index.

    `written` is what its PDFs say.
    """

    item: Item
    document: Document
    rows: Mapping[int, Sequence[ViewRow]]
    written: str = ""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which items of a batch are written, and which are done without (a later one is there)."""

    written: tuple[Embedded, ...]
    superseded: tuple[Embedded, ...]


def write(ports: Ports, index_name: str, batch: Sequence[Embedded]) -> bool:
    """Make a batch of one job searchable and finish its items; doing it twice changes nothing.

    False, and nothing is written, when a collection must be reached that nothing was embedded
    for: a rebuild has begun. Raises NotFound for the index, IndexDown, InsufficientStorage.
    """
    with ports.locks.writing(index_name):
        with ports.database.read() as work:
            index = work.indexes.get(index_name)
            known = work.documents.known(index_name, [one.document.id for one in batch])
            sequences = [one.item.sequence for one in batch]
            pending = work.jobs.pending(sequences, worker=batch[0].item.claimed_by)
        needed = {collection.generation for collection in index.written()}
        if any(needed - set(one.rows) for one in batch):
            return False
        wanted = [one for one in batch if one.item.sequence in pending]
        plan = _plan(wanted, known)
        _mark_torn(ports, index_name, plan, known)
        _to_vectors(ports, index, plan, known)
        with ports.database.work() as work:
            _to_sql(work, ports, index, plan)
    _forget_staged(ports, wanted)
    return True


def _plan(wanted: Sequence[Embedded], known: Mapping[str, StoredDocument]) -> _Plan:
    newest: dict[str, Embedded] = {}
    for one in sorted(wanted, key=lambda one: one.item.sequence):
        newest[one.document.id] = one
    written: list[Embedded] = []
    superseded: list[Embedded] = []
    for one in wanted:
        stored = known.get(one.document.id)
        later = stored is not None and stored.sequence > one.item.sequence
        (superseded if later or newest[one.document.id] is not one else written).append(one)
    return _Plan(tuple(written), tuple(superseded))


def _mark_torn(
    ports: Ports, index_name: str, plan: _Plan, known: Mapping[str, StoredDocument]
) -> None:
    """Note whose vectors may soon be of another version than SQL (services/ingest/torn.py)."""
    replaced = [one.document.id for one in plan.written if one.document.id in known]
    if replaced:
        with ports.database.work() as work:
            work.torn.mark(index_name, replaced, now=ports.clock())


def _to_vectors(
    ports: Ports, index: Index, plan: _Plan, known: Mapping[str, StoredDocument]
) -> None:
    for collection in index.written():
        rows = [row for one in plan.written for row in one.rows[collection.generation]]
        kept = {row.id for row in rows}
        kept |= _views_of_later_writes(plan, known, collection, index)
        # Whatever an earlier version, or an attempt that a crash cut short, may have left.
        left: set[str] = set()
        for one in (*plan.written, *plan.superseded):
            left |= views.possible_ids(one.document, collection.settings.segments)
            left |= _stored_views(known.get(one.document.id), collection)
        documents = [
            embed.document_row(_tagged(one, collection), written=one.written)
            for one in plan.written
        ]
        ports.vectors.upsert(collection, rows, documents, obsolete=sorted(left - kept))


def _stored_views(stored: StoredDocument | None, collection: Collection) -> set[str]:
    if stored is None:
        return set()
    possible = views.possible_ids(stored.document, collection.settings.segments)
    return set(stored.views) | possible


def _views_of_later_writes(
    plan: _Plan, known: Mapping[str, StoredDocument], collection: Collection, index: Index
) -> set[str]:
    """Rows of documents that this batch comes too late for; SQL lists those of the serving one."""
    rewritten = {one.document.id for one in plan.written}
    found: set[str] = set()
    for one in plan.superseded:
        stored = None if one.document.id in rewritten else known.get(one.document.id)
        if stored is not None:
            serving = collection == index.serving()
            found |= set(stored.views) if serving else _stored_views(stored, collection)
    return found


def _to_sql(work: UnitOfWork, ports: Ports, index: Index, plan: _Plan) -> None:
    now = ports.clock()
    finished = (*plan.written, *plan.superseded)
    work.jobs.lock_pending([one.item.sequence for one in finished])
    for one in plan.written:
        work.documents.put(
            index.name,
            _tagged(one, index.serving()),
            sequence=one.item.sequence,
            views=[row.id for row in one.rows[index.generation]],
            now=now,
        )
        work.media.link(index.name, one.document.id, attached.media_ids(one.document))
    work.torn.forget(index.name, [one.document.id for one in plan.written])
    for one in finished:
        work.jobs.mark_succeeded(one.item.sequence, now=now)
    for job_id in {one.item.job_id for one in finished}:
        work.jobs.settle(job_id, now=now)


def _tagged(one: Embedded, collection: Collection) -> Document:
    return tags.with_tags(one.document, one.rows[collection.generation], collection.settings)


def _forget_staged(ports: Ports, finished: Sequence[Embedded]) -> None:
    for one in finished:
        for key in references.staged_keys(attached_json.references(one.item.payload)):
            ports.media.delete(key)
