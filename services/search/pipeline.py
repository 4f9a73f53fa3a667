"""A search, step by step: media, embed, retrieve, fuse, group, hydrate, rerank, respond."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from services.core import ids
from services.core.errors import NotFound
from services.core.media.kinds import Kind
from services.core.ports import Ports
from services.core.types.filters import Filter
from services.core.types.rerank import RerankSpec
from services.search import cursor as cursors
from services.search import embed, hydrate, known, media, order, reorder, respond, retrieve
from services.search.hits import Confirmed, Query, Retrieved, SearchResponse
from services.search.known import Known
from services.search.parts import Part
from services.search.request import GroupBy, SearchRequest, Target, check
from services.search.rerank.asked import window
from services.search.rerank.rerankers import Rerankers, Started
from services.search.stage_clock import StageClock


def search(
    request: SearchRequest, *, ports: Ports, rerankers: Rerankers | None = None
) -> SearchResponse:
    """Answer one search.

    Hits are ordered by similarity (in a hybrid search by reciprocal rank), equal ones by id, and
    then by the cascade if one is asked for (without `rerankers` none is run); pages of an unchanged
    catalog neither overlap nor skip. Only live, unexpired documents that match the
    filter are returned, and `limit` of them whenever there are as many. Raises NotFound for the
    index, InputError naming the field, MediaRefused, FetchFailed, EmbedderDown, IndexDown, and
    Conflict when the index needs a rebuild.
    """
    check(request, limits=ports.settings.search)
    clock = StageClock()
    now = ports.clock()
    start = _start(request, ports=ports)
    with ports.database.read() as work:
        facts = known.read(work, request, now=now, limits=ports.settings)
    with clock.stage("media"):
        received = media.resolve(request, ports=ports)
    started = None if rerankers is None else _begin(request, received, rerankers, ports=ports)
    with clock.stage("embed"):
        query = embed.compose(request, facts, received=received, ports=ports)
    wanted = start + request.limit + 1  # one more tells whether there is a next page
    reach = 0 if request.rerank is None else window(request.rerank)
    wanted = max(wanted, reach) if start < reach else wanted
    found = _collect(query, facts, request, wanted=wanted, ports=ports, now=now, clock=clock)
    ordered = reorder.unchanged(found)
    if rerankers is not None and started is not None and request.rerank and start < reach:
        with clock.stage("rerank"):
            ordered = reorder.by_cascade(found, request.rerank, started, rerankers, ports=ports)
    page = ordered.hits[start : start + request.limit]
    with clock.stage("hydrate"):
        hits = respond.hits(page, query, facts, request, start=start, ports=ports)
    return SearchResponse(
        query_id=ids.new_id("qry"),
        hits=hits,
        timings_ms=clock.timings_ms(),
        next_cursor=_next_cursor(request, start, found=len(found), ports=ports),
        no_match=not found,
        degraded=query.vector is None,
        rerank=ordered.reports,
    )


def _begin(
    request: SearchRequest, received: Mapping[int, bytes], rerankers: Rerankers, *, ports: Ports
) -> Started:
    pictures = [
        received[position]
        for position, part in enumerate(request.parts)
        if part.medium is not None and part.medium.kind == Kind.IMAGE and part.weight > 0
    ]
    return rerankers.start(request, pictures, ports=ports)


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
    rerankers: Rerankers | None = None,
) -> SearchResponse:
    """More like a document, which is itself left out.

    Raises NotFound for a document that is not live, otherwise what `search` raises.
    """
    ids.check_document_id(document_id, field="document_id")
    with ports.database.read() as work:
        if not work.documents.live(index, [document_id], now=ports.clock()):
            raise NotFound(f"there is no document {document_id!r} in index {index!r}")
    request = SearchRequest(
        index=index,
        parts=(Part(document_id=document_id, field="document_id"),),
        target=target,
        filter=filter,
        limit=limit,
        offset=offset,
        cursor=cursor,
        min_score=min_score,
        group_by=group_by,
        explain=explain,
        rerank=rerank,
    )
    return search(request, ports=ports, rerankers=rerankers)


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


def _collect(
    query: Query,
    facts: Known,
    request: SearchRequest,
    *,
    wanted: int,
    ports: Ports,
    now: datetime,
    clock: StageClock,
) -> list[Confirmed]:
    """Confirmed hits from the first on, at least `wanted` if there are as many."""
    share = 1.0 if query.vector is None else request.hybrid
    left_out = {document.document.id for document in facts.likes.values()}
    depths = retrieve.deeper(query, facts, request, ports=ports, now=now)
    found: list[Confirmed] = []
    seen: set[str] = set()
    while len(found) < wanted:
        with clock.stage("retrieve"):
            level = next(depths, None)
            if level is None:
                break
            ordered = order.candidates(
                level, group_by=request.group_by, lexical_share=share, k=request.rrf_k
            )
        # What came at a smaller depth keeps its place: the order never depends on the page.
        fresh = [
            each for each in ordered if each.key not in seen and each.document_id not in left_out
        ]
        seen.update(each.key for each in fresh)
        with clock.stage("hydrate"):
            found += hydrate.confirm(
                fresh, query, facts, request, wanted=wanted - len(found), ports=ports, now=now
            )
        if _all_below(level, request):
            break
    return found


def _all_below(level: Retrieved, request: SearchRequest) -> bool:
    """Whether whatever comes deeper scores less than `min_score`."""
    worst = level.views[-1].score if level.views else 1.0
    return request.min_score is not None and worst < request.min_score
