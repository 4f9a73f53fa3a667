"""Reranking for anybody, in the shape that clients of Cohere and Jina speak."""

from __future__ import annotations

from collections.abc import Sequence

from services.core import ids
from services.core.errors import FetchFailed, NotFound
from services.core.media.kinds import Kind
from services.core.types.access import Scope
from services.gateway import rerank_input
from services.gateway.deps import PortsDep
from services.gateway.embeddings_input import Wanted
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.reranking import (
    RerankedDocumentOut,
    RerankIn,
    RerankOut,
    RerankResultOut,
)

router = make_router("/v1/rerank", tag="building blocks")


@router.post("", openapi_extra=needs(Scope.SEARCH), responses=fails(NotFound, FetchFailed))
def rerank(body: RerankIn, ports: PortsDep) -> RerankOut:
    """Order documents by how well they answer a query; texts, pictures or both on either side.

    A cross-encoder reads each document with the query. An embedder's name is taken too: its vectors
    are compared, and the relevance is their cosine, brought from -1 .. 1 to 0 .. 1.
    """
    model = rerank_input.model_of(body.model, ports=ports)
    query, documents = rerank_input.read(body.query, body.documents)
    scores = rerank_input.score(model, query, documents, ports=ports)
    best = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    return RerankOut(
        id=ids.new_id("rrk"),
        model=model,
        results=[
            _result(place, scores, documents, whole=body.return_documents)
            for place in best[: body.top_n]
        ],
    )


def _result(
    place: int, scores: Sequence[float], documents: Sequence[Wanted], *, whole: bool
) -> RerankResultOut:
    sent = documents[place]
    document = RerankedDocumentOut(text=sent.text, image=sent.media.get(Kind.IMAGE))
    return RerankResultOut(
        index=place, relevance_score=scores[place], document=document if whole else None
    )
