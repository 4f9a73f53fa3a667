"""A search, step by step: understand, media, embed, gather, rerank, respond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from services.core import ids
from services.core.errors import IndexDown, NotFound
from services.core.media.kinds import Kind
from services.core.ports import Ports, SearchWatcher
from services.core.types.facets import Counted, Facet
from services.core.types.filters import Filter
from services.core.types.rerank import RerankSpec
from services.search import cursor as cursors
from services.search import (
    diversity,
    embed,
    facets,
    gather,
    known,
    media,
    observed,
    reorder,
    respond,
)
from services.search import sort as sorting
from services.search.hits import Confirmed, Query, SearchResponse
from services.search.known import Known
from services.search.parts import Part
from services.search.request import GroupBy, SearchRequest, Target, check
from services.search.rerank.asked import window
from services.search.rerank.rerankers import Rerankers, Started
from services.search.sort import Sort, Sorted
from services.search.stage_clock import StageClock
from services.search.suggest import suggest as suggested
from services.search.understanding.asked import Understood, understand
from services.search.understanding.vocabularies import Vocabularies


def search(
    request: SearchRequest,
    *,
    ports: Ports,
    rerankers: Rerankers | None = None,
    vocabularies: Vocabularies | None = None,
    watcher: SearchWatcher | None = None,
) -> SearchResponse:
    """Answer one search.

    Hits are ordered by similarity (in a hybrid search by reciprocal rank), equal ones by id, and
    then by the cascade if one is asked for (without `rerankers` none is run), or the best of them
    by the attribute of `sort`; pages of an unchanged catalog neither overlap nor skip. Only live,
    unexpired documents that match the filter are returned, and `limit` of them whenever there are
    as many. What a text is understood to ask for beside that never empties the answer. Without
    embedder or vector index a request with words is answered by those (see embed.compose). Raises
    NotFound for the index, InputError naming the field, MediaRefused, FetchFailed, EmbedderDown,
    IndexDown, and Conflict when the index needs a rebuild.
    """
    check(request, limits=ports.settings.search)
    clock = StageClock()
    now = ports.clock()
    start = _start(request, ports=ports)
    asked, understood = _understood(request, vocabularies, ports=ports, now=now, clock=clock)
    facts = _facts(asked, ports=ports, now=now)
    diversity.check_declared(request.max_per or {}, facts.index.settings.attributes)
    facets.check_declared(request.facets, facts.index.settings.filterable())
    sorting.check_declared(request.sort, facts.index.settings.attributes)
    with clock.stage("media"):
        received = media.resolve(request, ports=ports)
    cascade = None if rerankers is None else _cascade(request, facts, start)
    started = None if rerankers is None else _begin(request, cascade, received, rerankers, ports)
    wanted = _wanted(request, start, cascade)
    search_for = partial(
        _found, received=received, wanted=wanted, ports=ports, now=now, clock=clock
    )
    query, found = search_for(asked, facts)
    if not found and understood is not None and understood.applied:
        asked, understood = request, replace(understood, applied=False)
        facts = _facts(asked, ports=ports, now=now)
        query, found = search_for(asked, facts)
    ordered = reorder.unchanged(found)
    if request.sort is not None:
        ordered = reorder.by_attribute(found, request.sort, cascade=facts.index.rerank)
    elif rerankers is not None and started is not None and cascade is not None:
        with clock.stage("rerank"):
            ordered = reorder.by_cascade(found, cascade, started, rerankers, ports=ports)
    page = ordered.hits[start : start + request.limit]
    with clock.stage("hydrate"):
        hits = respond.hits(page, query, facts, asked, start=start, ports=ports)
    counted = _counted(asked, facts, ports=ports, now=now, clock=clock)
    suggestions = None
    if request.suggest and not found:
        with clock.stage("suggest"):
            suggestions = suggested(query, facts, asked, ports=ports, now=now, clock=StageClock())
    # At last: one that fails before is asked in another way, or again, and counts then.
    observed.note(watcher, request, facts.index, start=start, query=query, found=found)
    return SearchResponse(
        query_id=ids.new_id("qry"),
        hits=hits,
        timings_ms=clock.timings_ms(),
        next_cursor=_next_cursor(request, start, found=len(ordered.hits), ports=ports),
        no_match=not found,
        degraded=query.vector is None,
        degraded_reasons=query.missing,
        rerank=ordered.reports,
        suggestions=suggestions,
        sorted=_sorted(request.sort, found=len(found)),
        facets=counted,
        understood=understood,
    )


def _understood(
    request: SearchRequest,
    vocabularies: Vocabularies | None,
    *,
    ports: Ports,
    now: datetime,
    clock: StageClock,
) -> tuple[SearchRequest, Understood | None]:
    if not request.understand:
        return request, None
    with clock.stage("understand"):
        with ports.database.read() as work:
            index = work.indexes.get(request.index)
        words = (vocabularies or Vocabularies()).of(index, ports=ports, now=now)
        return understand(request, index, words)


def _facts(request: SearchRequest, *, ports: Ports, now: datetime) -> Known:
    with ports.database.read() as work:
        return known.read(work, request, now=now, limits=ports.settings)


def _found(
    request: SearchRequest,
    facts: Known,
    *,
    received: Mapping[int, bytes],
    wanted: int,
    ports: Ports,
    now: datetime,
    clock: StageClock,
) -> tuple[Query, list[Confirmed]]:
    """The query's vector, and what the first stage finds with it, or with words in SQL."""
    with clock.stage("embed"):
        query = embed.compose(request, facts, received=received, ports=ports)
    find = partial(
        gather.confirmed,
        facts=facts,
        request=request,
        wanted=wanted,
        ports=ports,
        now=now,
        clock=clock,
    )
    try:
        return query, find(query)
    except IndexDown:
        if not embed.words_will_do(request):
            raise
    query = Query(None, (), (*query.missing, "vectors"))
    return query, find(query)


def _counted(
    request: SearchRequest, facts: Known, *, ports: Ports, now: datetime, clock: StageClock
) -> tuple[Counted, ...]:
    if not request.facets:
        return ()
    attributes = facts.index.settings.filterable()
    with clock.stage("facets"), ports.database.read() as work:
        return facets.count(
            work, request.index, request.facets, attributes, filter=request.filter, now=now
        )


def _cascade(request: SearchRequest, facts: Known, start: int) -> RerankSpec | None:
    """The request's, else the index's; None where a page lies behind what it looks at.

    None too where an attribute decides the order.
    """
    if request.sort is not None:
        return None
    spec = facts.index.rerank if request.rerank is None else request.rerank
    return None if spec is None or start >= window(spec) else spec


def _wanted(request: SearchRequest, start: int, cascade: RerankSpec | None) -> int:
    """Hits to confirm: whatever is looked at, and one more that tells whether there are others."""
    if request.sort is not None:
        return request.sort.among + 1  # every page is cut from the same hits
    page = start + request.limit + 1
    return page if cascade is None else max(page, window(cascade))


def _sorted(sort: Sort | None, *, found: int) -> Sorted | None:
    if sort is None:
        return None
    return Sorted(sort, considered=min(found, sort.among), complete=found <= sort.among)


def _begin(
    request: SearchRequest,
    cascade: RerankSpec | None,
    received: Mapping[int, bytes],
    rerankers: Rerankers,
    ports: Ports,
) -> Started | None:
    if cascade is None:
        return None
    pictures = [
        received[position]
        for position, part in enumerate(request.parts)
        if part.medium is not None and part.medium.kind == Kind.IMAGE and part.weight > 0
    ]
    return rerankers.start(cascade, request, pictures, ports=ports)


def similar(
    index: str,
    document_id: str,
    *,
    ports: Ports,
    target: Target = Target.ANY,
    filter: Filter | None = None,
    limit: int = 10,
    offset: int = 0,
    cursor: str | None = None,
    min_score: float | None = None,
    group_by: GroupBy = GroupBy.DOCUMENT,
    explain: bool = False,
    rerank: RerankSpec | None = None,
    max_per: Mapping[str, int] | None = None,
    facets: tuple[Facet, ...] = (),
    sort: Sort | None = None,
    suggest: bool = False,
    rerankers: Rerankers | None = None,
) -> SearchResponse:
    """More like a document, which is itself left out.

    Raises NotFound for a document that is not live, otherwise what `search` raises.
    """
    request = replace(
        like(index, document_id, ports=ports),
        target=target,
        filter=filter,
        limit=limit,
        offset=offset,
        cursor=cursor,
        min_score=min_score,
        group_by=group_by,
        explain=explain,
        rerank=rerank,
        max_per=max_per,
        facets=facets,
        sort=sort,
        suggest=suggest,
    )
    return search(request, ports=ports, rerankers=rerankers)


def like(index: str, document_id: str, *, ports: Ports) -> SearchRequest:
    """The request for more like a document. Raises NotFound for one that is not live."""
    ids.check_document_id(document_id, field="document_id")
    with ports.database.read() as work:
        if not work.documents.live(index, [document_id], now=ports.clock()):
            raise NotFound(f"there is no document {document_id!r} in index {index!r}")
    return SearchRequest(index, (Part(document_id=document_id, field="document_id"),))


def _start(request: SearchRequest, *, ports: Ports) -> int:
    if request.cursor is None:
        return request.offset
    return cursors.decode(
        request.cursor,
        request,
        secret=ports.database.instance_secret(),
        max_offset=ports.settings.search.max_offset,
    )


def _next_cursor(request: SearchRequest, start: int, *, found: int, ports: Ports) -> str | None:
    following = start + request.limit
    if found <= following or following > ports.settings.search.max_offset:
        return None
    return cursors.encode(following, request, secret=ports.database.instance_secret())
