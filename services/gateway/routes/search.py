"""Search: by words, picture, sound, video, document, or by several of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends

from services.core.errors import Conflict, FetchFailed, NotFound
from services.core.ports import Ports
from services.core.types.access import Scope
from services.core.types.indexes import AttributeType
from services.gateway import openapi
from services.gateway.deps import DocumentId, GatewayDep, IndexName, PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.search import SEARCH_BODY, NarrowIn, SearchOut, SimilarIn
from services.gateway.search_body import SearchBody, narrowed, read_search, request_of
from services.gateway.state import Gateway
from services.search import pipeline
from services.search.hits import SearchResponse
from services.search.rerank.rerankers import Rerankers

router = make_router("/v1/indexes/{index}", tag="search")


@router.post(
    "/search",
    openapi_extra=needs(Scope.SEARCH, **openapi.body(SEARCH_BODY)),
    responses=fails(NotFound, Conflict, FetchFailed),
)
def search(
    index: IndexName,
    body: Annotated[SearchBody, Depends(read_search)],
    ports: PortsDep,
    gateway: GatewayDep,
) -> SearchOut:
    """Find the documents nearest to words, a picture, a sound, a video, a document, or a mix.

    As a form: the part `request` holds the JSON, the parts `image`, `audio` and `video` the media.
    """
    declared = _declared(ports, index, body.asked)
    request = request_of(index, declared, body)
    found = pipeline.search(
        request,
        ports=ports,
        rerankers=_rerankers(gateway),
        vocabularies=gateway.runtime.vocabularies,
    )
    return _answer(found, gateway)


@router.post(
    "/documents/{document_id}/similar",
    openapi_extra=needs(Scope.SEARCH),
    responses=fails(NotFound, Conflict),
)
def similar(
    index: IndexName,
    document_id: DocumentId,
    ports: PortsDep,
    gateway: GatewayDep,
    body: SimilarIn | None = None,
) -> SearchOut:
    """Find documents like this one, which is itself left out."""
    asked = body or SimilarIn()
    wanted = narrowed(_declared(ports, index, asked), asked)
    found = pipeline.similar(
        index, document_id, ports=ports, rerankers=_rerankers(gateway), **wanted
    )
    return _answer(found, gateway)


def _rerankers(gateway: Gateway) -> Rerankers:
    return gateway.runtime.rerankers


def _declared(ports: Ports, index: str, asked: NarrowIn) -> Mapping[str, AttributeType]:
    """What a filter may name; not looked up for nothing, since every search passes here."""
    if asked.filter is None:
        return {}
    with ports.database.read() as work:
        return work.indexes.get(index).settings.filterable()


def _answer(found: SearchResponse, gateway: Gateway) -> SearchOut:
    for stage, took_ms in found.timings_ms.items():
        gateway.runtime.metrics.observe_stage(stage, took_ms / 1000)
    for report in found.rerank:
        gateway.runtime.metrics.observe_rerank(
            report.stage, report.status, report.took_ms / 1000, report.repairs
        )
    for missing in found.degraded_reasons:
        gateway.runtime.metrics.count_degraded(missing)
    return SearchOut.of(found)
