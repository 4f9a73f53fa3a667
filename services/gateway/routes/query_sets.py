"""Query sets: judged queries of an index, which evaluations ask."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Response

from services.core import ids
from services.core.errors import Conflict, FetchFailed, InsufficientStorage, NotFound
from services.core.types.access import Scope
from services.gateway import openapi
from services.gateway.deps import Limit, PortsDep
from services.gateway.openapi import fails
from services.gateway.query_set_body import WithFiles, judged, read_queries, read_query_set
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.base import Page
from services.gateway.schemas.query_sets import (
    JudgedQueryOut,
    QueriesIn,
    QuerySetIn,
    QuerySetOut,
    body_of,
)
from services.insight import query_sets as flow

router = make_router("/v1/query-sets", tag="query sets")

QuerySetName = Annotated[
    str,
    Path(
        pattern=f"^{ids.SAVED_NAME.pattern}$",
        description="Name of the query set.",
        examples=["spring"],
    ),
]
QueryCursor = Annotated[
    str | None,
    Query(pattern=f"^{ids.QUERY_ID.pattern}$", description="`next_cursor` of the page before."),
]


@router.put(
    "/{name}",
    openapi_extra=needs(Scope.ADMIN, **openapi.body(body_of("QuerySetIn"))),
    responses={
        201: {"model": QuerySetOut, "description": "Made"},
        **fails(NotFound, Conflict, FetchFailed, InsufficientStorage),
    },
)
def put_query_set(
    name: QuerySetName,
    body: Annotated[WithFiles[QuerySetIn], Depends(read_query_set)],
    ports: PortsDep,
    response: Response,
) -> QuerySetOut:
    """Make a query set: 201, or replace the one of its name with all its queries: 200.

    As a form: the part `request` holds the JSON, the others files that it names `file:NAME`.
    """
    sent = body.sent
    info, new = flow.put(
        ports,
        name,
        index=sent.index,
        description=sent.description,
        queries=judged(ports, sent.queries, body.files),
    )
    if new:
        response.status_code = 201
        response.headers["Location"] = f"/v1/query-sets/{name}"
    return QuerySetOut.of(info)


@router.post(
    "/{name}/queries",
    openapi_extra=needs(Scope.ADMIN, **openapi.body(body_of("QueriesIn"))),
    responses=fails(NotFound, Conflict, FetchFailed, InsufficientStorage),
)
def add_queries(
    name: QuerySetName,
    body: Annotated[WithFiles[QueriesIn], Depends(read_queries)],
    ports: PortsDep,
) -> QuerySetOut:
    """Add queries to a set; one whose id is there replaces it. Sent as when the set is made."""
    return QuerySetOut.of(flow.add(ports, name, judged(ports, body.sent.queries, body.files)))


@router.get("", openapi_extra=needs(Scope.ADMIN))
def list_query_sets(ports: PortsDep) -> Page[QuerySetOut]:
    """List the query sets by name."""
    with ports.database.read() as work:
        return Page[QuerySetOut](items=[QuerySetOut.of(each) for each in work.query_sets.all()])


@router.get("/{name}", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def get_query_set(name: QuerySetName, ports: PortsDep) -> QuerySetOut:
    """Show a query set."""
    with ports.database.read() as work:
        return QuerySetOut.of(work.query_sets.get(name))


@router.get("/{name}/queries", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def list_queries(
    name: QuerySetName, ports: PortsDep, limit: Limit = 100, cursor: QueryCursor = None
) -> Page[JudgedQueryOut]:
    """List the queries of a set in the order they were sent."""
    with ports.database.read() as work:
        found = work.query_sets.queries(name, after=cursor, limit=limit + 1)
    items = [JudgedQueryOut.of(query) for query in found[:limit]]
    more = len(found) > limit
    return Page[JudgedQueryOut](items=items, next_cursor=items[-1].id if more else None)


@router.delete(
    "/{name}",
    status_code=204,
    openapi_extra=needs(Scope.ADMIN),
    responses=fails(NotFound, Conflict),
)
def delete_query_set(name: QuerySetName, ports: PortsDep) -> Response:
    """Forget a query set with its media; reports that were made with it stay."""
    flow.delete(ports, name)
    return Response(status_code=204)
