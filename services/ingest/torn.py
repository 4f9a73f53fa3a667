"""Documents whose vectors may be of a version that never came to be: embedded again from SQL.

Vectors are written before SQL. What dies or fails between the two is done again, unless its item
is cancelled or fails first: then searches would find the stored document by what it never said.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.core.errors import InputError, NotFound
from services.core.ports import Ports
from services.core.types.documents import Document, StoredDocument
from services.core.types.indexes import Index
from services.core.types.search import ViewRow
from services.ingest import change, contents, document_json, embed, views
from services.ingest.outcome import ItemFailed

logger: Final = logging.getLogger(__name__)

MOST: Final = 100
"""Documents of an index that are mended in one sweep: each is embedded alone."""


@dataclass(frozen=True, slots=True)
class _Whole:
    """A stored document with its rows by generation, and what its PDFs say."""

    stored: StoredDocument
    rows: Mapping[int, Sequence[ViewRow]]
    written: str


def mend(ports: Ports, index_name: str) -> None:
    """Write again what nobody else will, outside the index's lock until it is embedded.

    Raises NotFound for the index, Unavailable while the embedder or a store is away.
    """
    with ports.database.read() as work:
        found = work.torn.ids(index_name, limit=MOST)
    for document_id in found:
        try:
            _mend(ports, index_name, document_id)
        except (InputError, ItemFailed) as error:
            # The next write of it, or a rebuild, puts it right.
            logger.warning("torn.not_mended: %s: %s", document_id, error)


def _mend(ports: Ports, index_name: str, document_id: str) -> None:
    with ports.database.read() as work:
        index = work.indexes.get(index_name)
        if work.jobs.pending_job(index_name, document_id) is not None:
            return  # its item is still to be done, and writes it
    stored = _stored(ports, index_name, document_id)
    whole = None if stored is None else _embedded(ports, index, stored)
    with ports.locks.writing(index_name):
        if _stored(ports, index_name, document_id) != stored:
            return  # written, changed or deleted meanwhile: the next sweep looks again
        with ports.database.read() as work:
            index = work.indexes.get(index_name)
        if whole is not None and not _write(ports, index, whole):
            return
        with ports.database.work() as work:
            work.torn.forget(index_name, [document_id])


def _stored(ports: Ports, index_name: str, document_id: str) -> StoredDocument | None:
    with ports.database.read() as work:
        try:
            return work.documents.get(index_name, document_id)
        except NotFound:
            return None  # deleting it removed every row


def _embedded(ports: Ports, index: Index, stored: StoredDocument) -> _Whole:
    rows = {
        target.collection.generation: embed.rows(ports, target, [stored.document])[0]
        for target in embed.targets(index)
    }
    return _Whole(stored, rows, contents.written(ports.media, stored.document))


def _write(ports: Ports, index: Index, whole: _Whole) -> bool:
    """Whether it was written: not if a rebuild began after it was embedded."""
    if not {collection.generation for collection in index.written()} <= set(whole.rows):
        return False
    document = whole.stored.document
    never = _never_written(ports, index.name, document.id)
    for collection in index.written():
        rows = whole.rows[collection.generation]
        left = change.all_views(whole.stored, collection)
        for each in never:
            left |= views.possible_ids(each, collection.settings.segments)
        ports.vectors.upsert(
            collection,
            rows,
            [embed.document_row(document, written=whole.written)],
            obsolete=sorted(left - {row.id for row in rows}),
        )
    return True


def _never_written(ports: Ports, index_name: str, document_id: str) -> list[Document]:
    with ports.database.read() as work:
        prepared = work.jobs.unwritten(index_name, [document_id])
    return [document_json.load(each) for each in prepared]
