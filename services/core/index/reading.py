"""Searching and reading rows: by vector, by words, by id, and all ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np

from services.core.index import names
from services.core.index.channel import FOREVER_S, left
from services.core.index.connection import READ, WRITE, Connection
from services.core.index.expressions import expression
from services.core.types.filters import Filter
from services.core.types.indexes import Collection, CollectionStats
from services.core.types.search import LexicalHit, ViewHit
from services.core.types.vectors import Modality, Vector
from services.core.vectors import check_unit

LARGEST_LIMIT: Final = 16_384
"""No Milvus server answers with more; a larger limit gives this many."""
# Measured in Milvus Lite with 256 dimensions. Unfiltered, 64 to 512 cost the same. Under a filter
# that leaves 200 to 2,000 of 30,000 rows in another cluster than the query, recall@10 is 0.38-0.77
# with 512 and 0.70-0.99 with 2,048, for 3-8 ms more; up to 2,048 rows in a partition it is exact.
EF: Final = 128
_EF_FILTERED: Final = 2_048
_EVERYTHING: Final = f'{names.DOCUMENT_ID} != ""'
_IDS_PER_CALL: Final = 1_000
_IDS_PER_PAGE: Final = 10_000
_RRF_K: Final = 60
_CONSISTENCY: Final = "Bounded"
"""Strong would wait up to 0.2 s in every search; whoever wrote has waited (Connection.settled)."""
_CANDIDATES: Final = 50
"""Documents taken by title and by body at least, so that the best by both is among them."""


def search(
    connection: Connection,
    collection: Collection,
    vector: Vector,
    *,
    modalities: Sequence[Modality],
    limit: int,
    filter: Filter | None,
    now: datetime | None,
    ef: int | None = None,
) -> list[ViewHit]:
    """See VectorIndex.search."""
    settings = collection.settings
    check_unit(vector, dimensions=settings.dimensions)
    if limit < 1 or not modalities:
        return []
    limit = min(limit, LARGEST_LIMIT)
    # The expiry condition is always there (0.3 ms): while it holds for all rows Milvus Lite
    # searches as without a filter, so that it needs no wider beam.
    answer = connection.client.search(
        connection.ready(names.views(collection)),
        data=[np.asarray(vector, dtype=np.float32).tolist()],
        anns_field=names.VECTOR,
        limit=limit,
        filter=expression(filter, now, declared=settings.filterable()),
        partition_names=[modality.value for modality in modalities],
        search_params={
            "metric_type": "COSINE",
            "params": {"ef": max(ef or (EF if filter is None else _EF_FILTERED), limit)},
        },
        consistency_level=_CONSISTENCY,
        timeout=left(),
    )
    return _ranked((hit["id"], hit["distance"]) for hit in answer[0])


def search_among(
    connection: Connection,
    collection: Collection,
    vector: Vector,
    *,
    view_ids: Sequence[str],
    limit: int,
) -> list[ViewHit]:
    """See VectorIndex.search_among."""
    check_unit(vector, dimensions=collection.settings.dimensions)
    stored = vectors(connection, collection, view_ids)
    if not stored or limit < 1:
        return []
    scores = np.stack(list(stored.values())) @ np.asarray(vector, dtype=np.float32)
    return _ranked(zip(stored, scores.tolist(), strict=True))[:limit]


def search_text(
    connection: Connection,
    collection: Collection,
    text: str,
    *,
    limit: int,
    filter: Filter | None,
    now: datetime | None,
) -> list[LexicalHit]:
    """See VectorIndex.search_text.

    Title and body are ranked apart and fused by reciprocal rank: their scores are not comparable
    (and negative in Milvus Lite).
    """
    if limit < 1 or not text.strip():
        return []
    name = connection.ready(names.documents(collection))
    condition = expression(filter, now, declared=collection.settings.filterable())
    fused: dict[str, float] = {}
    for field in (names.TITLE_WORDS, names.BODY_WORDS):
        answer = connection.client.search(
            name,
            data=[text],
            anns_field=field,
            limit=min(max(limit, _CANDIDATES), LARGEST_LIMIT),
            filter=condition,
            search_params={"metric_type": "BM25"},
            consistency_level=_CONSISTENCY,
            timeout=left(),
        )
        for rank, hit in enumerate(answer[0], start=1):
            key = str(hit[names.DOCUMENT_ID])
            fused[key] = fused.get(key, 0.0) + 1.0 / (_RRF_K + rank)
    best = sorted(fused, key=lambda key: (-fused[key], key))[:limit]
    return [LexicalHit(key, rank) for rank, key in enumerate(best, start=1)]


def vectors(
    connection: Connection, collection: Collection, view_ids: Sequence[str]
) -> dict[str, Vector]:
    """See VectorIndex.vectors."""
    name = connection.ready(names.views(collection))
    found: dict[str, Vector] = {}
    for start in range(0, len(view_ids), _IDS_PER_CALL):
        rows: list[dict[str, Any]] = connection.client.get(
            name,
            ids=list(view_ids[start : start + _IDS_PER_CALL]),
            output_fields=[names.VECTOR],
            timeout=left(),
        )
        for row in rows:
            found[row[names.ID]] = np.asarray(row[names.VECTOR], dtype=np.float32)
    return found


def keys(connection: Connection, name: str, key: str) -> Iterator[str]:
    """Every primary key of a collection."""
    if connection.embedded:
        # Milvus Lite answers with any number of rows, while each page of an iterator sorts them
        # all again: 0.5 s instead of 2 s for 50,000.
        rows = connection.run("list rows", lambda: _all_rows(connection, name, key), patience=WRITE)
        yield from (row[key] for row in rows)
        return
    pages = connection.run("list rows", lambda: _pages(connection, name, key), patience=READ)
    try:
        while page := connection.run("list rows", pages.next, patience=READ):
            yield from (row[key] for row in page)
    finally:
        pages.close()


def _all_rows(connection: Connection, name: str, key: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.client.query(
        connection.ready(name), _EVERYTHING, output_fields=[key], timeout=left()
    )
    return rows


def _pages(connection: Connection, name: str, key: str) -> Any:
    return connection.client.query_iterator(
        connection.ready(name), batch_size=_IDS_PER_PAGE, output_fields=[key], timeout=FOREVER_S
    )


def stats(connection: Connection, collection: Collection) -> CollectionStats:
    """See VectorIndex.stats."""
    views = connection.ready(names.views(collection))
    documents = connection.ready(names.documents(collection))
    return CollectionStats(
        views={modality.value: _count(connection, views, modality.value) for modality in Modality},
        documents=_count(connection, documents),
    )


def probe(connection: Connection) -> None:
    """Ask for something that needs the whole server: a list alone may come from a cache."""
    client = connection.client
    for name in client.list_collections(timeout=left())[:1]:
        client.describe_collection(name, timeout=left())


def _count(connection: Connection, name: str, partition: str = "") -> int:
    client = connection.client
    if partition and connection.embedded:
        # Milvus Lite would read every row to count those of a partition; a server's statistics
        # still hold deleted rows.
        return int(client.get_partition_stats(name, partition, timeout=left())["row_count"])
    rows = client.query(
        name,
        filter=_EVERYTHING if partition else "",
        output_fields=["count(*)"],
        partition_names=[partition] if partition else None,
        timeout=left(),
    )
    return int(rows[0]["count(*)"])


def _ranked(scored: Iterator[tuple[str, float]] | zip[tuple[str, float]]) -> list[ViewHit]:
    hits = []
    for view_id, score in scored:
        document_id, modality = names.view_parts(view_id)
        # Rounding may leave a cosine a hair outside of -1..1.
        hits.append(ViewHit(view_id, document_id, modality, min(1.0, max(-1.0, score))))
    hits.sort(key=lambda hit: (-hit.score, hit.view_id))
    return hits
