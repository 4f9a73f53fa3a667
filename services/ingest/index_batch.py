"""Prepared items to searchable documents: embedded outside the lock, written inside it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

from services.core.errors import InsufficientStorage, MargayError, NotFound, Unavailable
from services.core.ports import Ports
from services.core.types.jobs import Item, ItemState
from services.core.types.search import ViewRow
from services.ingest import claims, contents, document_json, embed, outcome
from services.ingest import write as writing
from services.ingest.outcome import ItemFailed

logger: Final = logging.getLogger(__name__)


def run(ports: Ports, job_id: str) -> None:
    """Index what is prepared of a job; safe to repeat."""
    for items in claims.batches(ports, job_id, ItemState.PREPARED):
        with claims.in_hand(ports, items):
            _through(ports, items)


def finish(ports: Ports) -> None:
    """Index what the last run of this process had in hand when it was killed.

    Its vectors may have been written and SQL not: if it were cancelled now, searches would find
    the old documents by the new vectors.
    """
    for items in claims.left_by_the_dead(ports):
        with claims.in_hand(ports, items):
            _through(ports, items)


def _through(ports: Ports, items: Sequence[Item]) -> None:
    """Bring a batch through; if one item spoils it, find out which by doing each alone."""
    try:
        _index(ports, items)
    except claims.Interrupted:
        raise
    except (Unavailable, InsufficientStorage) as error:
        outcome.record_all(ports, items, error)
    except NotFound as error:
        logger.info("batch.dropped: %s", error)  # the index was deleted, and its items with it
    except Exception as error:  # noqa: BLE001 - an edge: no item may stop the others, or come back for ever
        if len(items) > 1:
            for item in items:
                _through(ports, [item])
            return
        outcome.record_all(ports, items, _as_failure(error))


def _as_failure(error: Exception) -> MargayError | ItemFailed:
    if isinstance(error, MargayError | ItemFailed):
        return error
    logger.error("item.failed", exc_info=error)
    return ItemFailed("internal_error", "the document could not be indexed; see the log")


def _index(ports: Ports, items: Sequence[Item]) -> None:
    loaded = [(item, document_json.load(item.prepared or {})) for item in items]
    documents = [document for _, document in loaded]
    written = [contents.written(ports.media, document) for document in documents]
    index_name = items[0].index
    check = partial(claims.go_on, ports)
    rows: dict[int, list[tuple[ViewRow, ...]]] = {}
    while True:
        check()
        with ports.database.read() as work:
            targets = embed.targets(work.indexes.get(index_name))
        for target in targets:
            if target.collection.generation not in rows:
                rows[target.collection.generation] = embed.rows(
                    ports, target, documents, meanwhile=check
                )
        serving = rows[targets[0].collection.generation]
        batch = []
        for place, (item, document) in enumerate(loaded):
            if not serving[place]:
                nothing = embed.nothing_to_embed(ports, document, targets[0])
                outcome.record_all(ports, [item], nothing)
                continue
            by_generation = {number: each[place] for number, each in rows.items()}
            batch.append(writing.Embedded(item, document, by_generation, written[place]))
        # False: a rebuild began after the index was read; embed for its collection too.
        if not batch or writing.write(ports, index_name, batch):
            return
