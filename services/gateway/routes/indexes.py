"""Indexes: made, shown, measured, verified, rebuilt and removed."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response

from services.core.errors import Conflict, InputError, NotFound
from services.core.storage_estimate import storage_bytes
from services.core.types.access import Scope
from services.core.types.indexes import CollectionStats, IndexSettings
from services.gateway.deps import IndexName, PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.base import Page
from services.gateway.schemas.indexes import (
    FormerStatsOut,
    IndexIn,
    IndexOut,
    IndexPatch,
    RebuildIn,
    StatsOut,
    VerifyOut,
    hnsw_of,
    segments_of,
)
from services.gateway.schemas.jobs import JobOut
from services.ingest import former, rollback
from services.ingest import indexes as flow
from services.ingest import rebuild as rebuilding
from services.search.rerank import asked

router = make_router("/v1/indexes", tag="indexes")

Confirmation = Annotated[
    str, Query(max_length=48, description="The index's name once more.", examples=["products"])
]


@router.put(
    "/{index}",
    openapi_extra=needs(Scope.ADMIN),
    responses={201: {"model": IndexOut, "description": "Made"}, **fails(Conflict)},
)
def put_index(index: IndexName, body: IndexIn, ports: PortsDep, response: Response) -> IndexOut:
    """Make an index: 201; an equal one that exists is left as it is: 200; another one: 409."""
    made, new = flow.create(
        ports,
        index,
        embedder=body.embedder,
        dimensions=body.dimensions,
        attributes=body.attributes,
        hnsw=hnsw_of(body.hnsw),
        segments=segments_of(body.segments),
        tags=body.tags,
    )
    if new:
        response.status_code = 201
        response.headers["Location"] = f"/v1/indexes/{index}"
    return IndexOut.of(made)


@router.get("", openapi_extra=needs(Scope.SEARCH, Scope.INGEST))
def list_indexes(ports: PortsDep) -> Page[IndexOut]:
    """List the indexes by name."""
    with ports.database.read() as work:
        return Page[IndexOut](items=[IndexOut.of(index) for index in work.indexes.all()])


@router.get("/{index}", openapi_extra=needs(Scope.SEARCH, Scope.INGEST), responses=fails(NotFound))
def get_index(index: IndexName, ports: PortsDep) -> IndexOut:
    """Show an index with its settings."""
    with ports.database.read() as work:
        return IndexOut.of(work.indexes.get(index))


@router.patch("/{index}", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def patch_index(index: IndexName, body: IndexPatch, ports: PortsDep) -> IndexOut:
    """Set the cascade that searches of this index run unless they ask for another."""
    spec = None if body.rerank is None else body.rerank.spec()
    if spec is not None:
        asked.check(spec, field="rerank.stages", deadline_field="rerank.deadline_ms")
    return IndexOut.of(flow.set_rerank(ports, index, spec))


@router.delete(
    "/{index}", status_code=204, openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound)
)
def delete_index(index: IndexName, confirm: Confirmation, ports: PortsDep) -> Response:
    """Remove an index with its documents, jobs and pictures; there is no way back."""
    if confirm != index:
        raise InputError.at("confirm", f"must be the index's name, {index}")
    flow.delete(ports, index)
    return Response(status_code=204)


@router.post(
    "/{index}/rebuild",
    status_code=202,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def rebuild_index(
    index: IndexName, ports: PortsDep, response: Response, body: RebuildIn | None = None
) -> JobOut:
    """Build a new collection beside the serving one, with new settings if given, then switch."""
    wanted = body or RebuildIn()
    job = rebuilding.start(
        ports,
        index,
        embedder=wanted.embedder,
        dimensions=wanted.dimensions,
        attributes=wanted.attributes,
        hnsw=None if wanted.hnsw is None else hnsw_of(wanted.hnsw),
        segments=None if wanted.segments is None else segments_of(wanted.segments),
        tags=wanted.tags,
    )
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobOut.of(job)


@router.post(
    "/{index}/rollback",
    status_code=202,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def roll_back_index(index: IndexName, ports: PortsDep, response: Response) -> JobOut:
    """Bring the collection that served before the last rebuild up to date, and switch to it.

    With it come its settings; the one that serves now is then the former one.
    """
    job = rollback.start(ports, index)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return JobOut.of(job)


@router.delete(
    "/{index}/former",
    status_code=204,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def drop_former(index: IndexName, ports: PortsDep) -> Response:
    """Drop the collection that is kept for a rollback, and free what it takes."""
    rollback.drop(ports, index)
    return Response(status_code=204)


@router.get(
    "/{index}/stats", openapi_extra=needs(Scope.SEARCH, Scope.INGEST), responses=fails(NotFound)
)
def index_stats(index: IndexName, ports: PortsDep) -> StatsOut:
    """Count documents, and views by modality, and estimate what the views take."""
    documents, rows = flow.stats(ports, index)
    with ports.database.read() as work:
        settings = work.indexes.get(index).settings
    return StatsOut(
        documents=documents,
        views=dict(rows.views),
        estimated_bytes=_bytes(rows, settings),
        former=_former(former.held(ports, index)),
    )


def _former(held: former.Held | None) -> FormerStatsOut | None:
    if held is None:
        return None
    return FormerStatsOut(
        generation=held.former.generation,
        views=dict(held.rows.views),
        estimated_bytes=_bytes(held.rows, held.former.settings),
        kept_until=held.until,
    )


def _bytes(rows: CollectionStats, settings: IndexSettings) -> int:
    return sum(rows.views.values()) * storage_bytes(settings.dimensions, settings.hnsw.m)


@router.get("/{index}/verify", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def verify_index(index: IndexName, ports: PortsDep) -> VerifyOut:
    """Compare every id of the database with the vector store; writing waits meanwhile."""
    return VerifyOut.of(flow.verify(ports, index))
