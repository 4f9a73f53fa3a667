"""Search: by words, picture, sound, video, document, or by several of them at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import Depends

from services.core.errors import Conflict, FetchFailed, NotFound
from services.core.telemetry import Metrics
from services.core.types.access import Scope
from services.gateway import openapi, served
from services.gateway.ask import Ask
from services.gateway.deps import DocumentId, GatewayDep, IndexName
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.hits import TakenPartOut
from services.gateway.schemas.search import SEARCH_BODY, SearchOut, SimilarIn
from services.gateway.search_body import SearchBody, narrowed, read_search, request_of
from services.gateway.state import Gateway
from services.gateway.visitor import Visitor, VisitorDep
from services.search import pipeline
from services.search.hits import SearchResponse

router = make_router("/v1/indexes/{index}", tag="search")


@router.post(
    "/search",
    openapi_extra=needs(Scope.SEARCH, **openapi.body(SEARCH_BODY)),
    responses=fails(NotFound, Conflict, FetchFailed),
)
def search(
    index: IndexName,
    body: Annotated[SearchBody, Depends(read_search)],
    gateway: GatewayDep,
    visitor: VisitorDep,
) -> SearchOut:
    """Find the documents nearest to words, a picture, a sound, a video, a document, or a mix.

    As a form: the part `request` holds the JSON, the parts `image`, `audio` and `video` the media.
    """
    ask = Ask(index, body.asked, lambda declared: request_of(index, declared, body))
    return _answer(ask, visitor, gateway)


@router.post(
    "/documents/{document_id}/similar",
    openapi_extra=needs(Scope.SEARCH),
    responses=fails(NotFound, Conflict),
)
def similar(
    index: IndexName,
    document_id: DocumentId,
    gateway: GatewayDep,
    visitor: VisitorDep,
    body: SimilarIn | None = None,
) -> SearchOut:
    """Find documents like this one, which is itself left out."""
    asked = body or SimilarIn()
    like = pipeline.like(index, document_id, ports=gateway.runtime.ports)
    ask = Ask(index, asked, lambda declared: replace(like, **narrowed(declared, asked)))
    return _answer(ask, visitor, gateway)


def _answer(ask: Ask, visitor: Visitor, gateway: Gateway) -> SearchOut:
    answered = served.answer(ask, visitor, gateway=gateway)
    _count(answered.found, gateway.runtime.metrics)
    if ask.asked.log:
        gateway.search_log.note(
            answered.found,
            index=ask.index,
            parts=answered.parts,
            visitor=visitor,
            client_id=ask.asked.client_id,
            configuration=answered.configuration,
            experiment=answered.experiment,
            variant=answered.variant,
            teams=answered.teams,
        )
    experiment = None
    if answered.experiment is not None:
        experiment = TakenPartOut(
            name=answered.experiment, variant=answered.variant, failure=answered.failure
        )
    return SearchOut.of(answered.found, experiment=experiment)


def _count(found: SearchResponse, metrics: Metrics) -> None:
    for stage, took_ms in found.timings_ms.items():
        metrics.observe_stage(stage, took_ms / 1000)
    for report in found.rerank:
        metrics.observe_rerank(report.stage, report.status, report.took_ms / 1000, report.repairs)
    for missing in found.degraded_reasons:
        metrics.count_degraded(missing)
