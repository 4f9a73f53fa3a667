"""From confirmed candidates to the answer's hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from services.core.errors import IndexDown
from services.core.ids import ViewName
from services.core.ports import Ports
from services.core.types.documents import Document
from services.core.types.search import ViewHit
from services.core.types.vectors import Vector
from services.search import views
from services.search.hits import Confirmed, FirstStage, Hit, Matched, Moved, Query
from services.search.known import Known
from services.search.reorder import Placed
from services.search.request import SearchRequest


def hits(
    page: Sequence[Placed],
    query: Query,
    known: Known,
    request: SearchRequest,
    *,
    start: int,
    ports: Ports,
) -> tuple[Hit, ...]:
    """The hits of a page whose first has rank `start` + 1."""
    stored: Mapping[str, Vector] = {}
    confirmed = [placed.confirmed for placed in page]
    view_ids = [found.view.view_id for found in confirmed if found.view is not None]
    if request.explain and view_ids:
        # Hits that have been found are not withheld for want of their explanation.
        with suppress(IndexDown), ports.outages.vectors.trying():
            stored = ports.vectors.vectors(known.index.serving(), view_ids)
    return tuple(
        Hit(
            id=found.candidate.document_id,
            rank=rank,
            score=None if found.view is None else found.view.score,
            document=found.document,
            matched=_matched(found.view, found.document.document),
            first_stage=FirstStage(placed.first_rank, found.candidate.order_score),
            explain=_explain(found, query, request, stored) if request.explain else None,
            rerank=_moved(placed, rank),
        )
        for rank, (placed, found) in enumerate(zip(page, confirmed, strict=True), start=start + 1)
    )


def _moved(placed: Placed, rank: int) -> Moved | None:
    if placed.terms is None:
        return None
    return Moved(rank, placed.reason, dict(placed.terms))


def _matched(view: ViewHit | None, document: Document) -> Matched | None:
    if view is None:
        return None
    name = ViewName.parse(view.view_id)
    return Matched(
        modality=view.modality,
        view_id=view.view_id,
        ordinal=name.place,
        media_id=views.medium(name, document),
        start_s=None if name.start_ms is None else name.start_ms / 1000,
        end_s=None if name.end_ms is None else name.end_ms / 1000,
        page=name.page,
    )


def _explain(
    found: Confirmed, query: Query, request: SearchRequest, stored: Mapping[str, Vector]
) -> dict[str, Any]:
    """Where it stood in each leg, and how near each part alone is to the matched view."""
    view_id = None if found.view is None else found.view.view_id
    vector = None if view_id is None else stored.get(view_id)
    return {
        "view": view_id,
        "parts": [
            {
                "field": part.field,
                "kind": part.kind,
                "weight": part.weight,
                "similarity": None if vector is None else float(np.dot(part.vector, vector)),
            }
            for part in query.parts
        ],
        "vector_rank": found.candidate.vector_rank,
        "lexical_rank": found.candidate.lexical_rank,
        "order_score": found.candidate.order_score,
        "ordered_by": "rank fusion" if request.hybrid or query.vector is None else "similarity",
    }
