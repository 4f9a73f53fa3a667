"""Ask both legs for more and more until the answer is full or nothing is left.

Depths are fixed and do not depend on the page asked for, so every page of a request sees the same
order: pages neither overlap nor skip.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from services.core.ports import Ports
from services.core.types.documents import StoredDocument
from services.core.types.search import LexicalHit, ViewHit
from services.search import skus, wording
from services.search.hits import Query, Retrieved
from services.search.known import Known
from services.search.request import SearchRequest
from services.search.views import of_modalities

DEPTHS: Final = (24, 96, 384, 1536, 16_384)
"""Views (or documents by words) asked for in turn; no Milvus server answers with more.

The first is what a page of ten needs: Milvus Lite takes about 0.1 ms for each row it returns.
"""
SQL_DEPTHS: Final = (200, 2_000)
"""Documents by words taken from SQL in turn; each is a look at every document of the index."""
MAX_REST: Final = 20_000
"""Documents that are scored exactly when the vector index has no more to say."""


def deeper(
    query: Query, known: Known, request: SearchRequest, *, ports: Ports, now: datetime
) -> Iterator[Retrieved]:
    """Yield what has been found at growing depths; each is found only when asked for."""
    by_vector: Iterator[Sequence[ViewHit]] = iter(())
    by_words: Iterator[Sequence[LexicalHit]] = iter(())
    if query.vector is not None and request.hybrid != 1:
        by_vector = _by_vector(query, known, request, ports=ports, now=now)
    if query.vector is None or request.hybrid:
        if "vectors" in query.missing:
            by_words = _by_words_in_sql(request, ports=ports, now=now)
        else:
            by_words = _by_words(known, request, ports=ports, now=now)
    views: Sequence[ViewHit] = ()
    words: Sequence[LexicalHit] = ()
    while True:
        more_views, more_words = next(by_vector, None), next(by_words, None)
        if more_views is None and more_words is None:
            return
        views = views if more_views is None else more_views
        words = words if more_words is None else more_words
        yield Retrieved(tuple(views), tuple(words))


def _by_vector(
    query: Query, known: Known, request: SearchRequest, *, ports: Ports, now: datetime
) -> Iterator[Sequence[ViewHit]]:
    if known.matching is not None:
        yield _exact(query, known, request, known.matching, ports=ports)
        return
    assert query.vector is not None
    views: list[ViewHit] = []
    for depth in DEPTHS:
        before = len(views)
        with ports.outages.vectors.trying():
            views = ports.vectors.search(
                known.index.serving(),
                query.vector,
                modalities=request.target.modalities,
                limit=depth,
                filter=request.filter,
                now=now,
            )
        kept = _above_the_cut(views, depth)
        if kept:
            yield kept
        # A graph under a filter may give less than was asked for before it has seen everything.
        if len(views) < depth and (request.filter is None or len(views) == before):
            break
    rest = _rest(views, request, ports=ports, now=now)
    yield [*views, *_exact(query, known, request, rest, ports=ports)]


def _above_the_cut(views: list[ViewHit], depth: int) -> list[ViewHit]:
    """Leave out the last of a full answer and its equals: others as good may have been cut off."""
    if len(views) < depth:
        return views
    return [view for view in views if view.score > views[-1].score]


def _rest(
    views: Sequence[ViewHit], request: SearchRequest, *, ports: Ports, now: datetime
) -> list[StoredDocument]:
    """Live documents that the vector index did not come up with."""
    seen = {view.document_id for view in views}
    with ports.database.read() as work:
        found = work.documents.matching(
            request.index, filter=request.filter, now=now, limit=MAX_REST
        )
    return [document for document in found if document.document.id not in seen]


def _exact(
    query: Query,
    known: Known,
    request: SearchRequest,
    documents: Sequence[StoredDocument],
    *,
    ports: Ports,
) -> list[ViewHit]:
    """Score every view of these documents."""
    view_ids = [
        view_id
        for document in documents
        for view_id in of_modalities(document, request.target.modalities)
    ]
    if not view_ids or query.vector is None:
        return []
    with ports.outages.vectors.trying():
        return ports.vectors.search_among(
            known.index.serving(), query.vector, view_ids=view_ids, limit=len(view_ids)
        )


def _by_words(
    known: Known, request: SearchRequest, *, ports: Ports, now: datetime
) -> Iterator[Sequence[LexicalHit]]:
    """Documents by BM25, those whose SKU was asked for before all others."""
    asked = skus.named(request.words)
    with ports.database.read() as work:
        exact = work.documents.with_skus(request.index, asked, now=now)
    for depth in DEPTHS:
        with ports.outages.vectors.trying():
            found = ports.vectors.search_text(
                known.index.serving(),
                " ".join(request.words),
                limit=depth,
                filter=request.filter,
                now=now,
            )
        ids = dict.fromkeys((*exact, *(hit.document_id for hit in found)))
        yield [LexicalHit(id, rank) for rank, id in enumerate(ids, start=1)]
        if len(found) < depth:
            return


def _by_words_in_sql(
    request: SearchRequest, *, ports: Ports, now: datetime
) -> Iterator[Sequence[LexicalHit]]:
    """Documents by how many of the words they have, while the vector index is down."""
    asked = skus.named(request.words)
    words = wording.words(request.words)
    for depth in SQL_DEPTHS:
        with ports.database.read() as work:
            exact = work.documents.with_skus(request.index, asked, now=now)
            found = work.documents.worded(
                request.index, words, filter=request.filter, now=now, limit=depth
            )
        ids = dict.fromkeys((*exact, *found))
        yield [LexicalHit(id, rank) for rank, id in enumerate(ids, start=1)]
        if len(found) < depth:
            return
