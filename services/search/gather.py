"""Retrieve deeper and deeper until enough hits are confirmed or nothing is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.core.ports import Ports
from services.core.types.documents import StoredDocument
from services.core.types.filters import And, Filter, Not
from services.search import hydrate, known, order, retrieve
from services.search.diversity import Diversity
from services.search.hits import Confirmed, Query, Retrieved
from services.search.known import Known
from services.search.request import SearchRequest
from services.search.stage_clock import StageClock


def confirmed(
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
    diversity = Diversity(request.max_per or {})
    found: list[Confirmed] = []
    seen: set[str] = set()
    levels, avoided = 0, None
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
                fresh,
                query,
                facts,
                request,
                wanted=wanted - len(found),
                diversity=diversity,
                ports=ports,
                now=now,
            )
        if _all_below(level, request):
            break
        levels += 1
        full = diversity.full() if levels > 1 and facts.matching is None else None
        if full != avoided and full is not None and len(found) < wanted:
            avoided = full
            others = _without(request, full)
            left = _left(others, ports=ports, now=now)
            if left == ():
                break
            if not share:
                # Their order is the same without those in between, and nearer.
                narrowed = replace(facts, matching=left)
                depths = retrieve.deeper(query, narrowed, others, ports=ports, now=now)
    return found


def _without(request: SearchRequest, full: Filter) -> SearchRequest:
    """The search for what values that have had their share leave."""
    others: tuple[Filter, ...] = (Not(full),)
    own = () if request.filter is None else (request.filter,)
    return replace(request, filter=And((*own, *others)))


def _left(
    request: SearchRequest, *, ports: Ports, now: datetime
) -> tuple[StoredDocument, ...] | None:
    """As `Known.matching`: every document that is left, if they are few."""
    below = ports.settings.search.exact_below_rows
    with ports.database.read() as work:
        return known.selected(work, request, now=now, below=below)


def _all_below(level: Retrieved, request: SearchRequest) -> bool:
    """Whether whatever comes deeper scores less than `min_score`."""
    worst = level.views[-1].score if level.views else 1.0
    return request.min_score is not None and worst < request.min_score
