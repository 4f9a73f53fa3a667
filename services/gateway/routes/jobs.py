"""Jobs: how far accepted work is, what failed and why, again, or not at all."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query, Response

from services.core import ids
from services.core.errors import Conflict, NotFound
from services.core.types.access import Scope
from services.core.types.jobs import ItemState, JobState
from services.gateway import served_media
from services.gateway.deps import Cursor, JobId, Limit, PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.base import Page
from services.gateway.schemas.jobs import ItemOut, JobOut
from services.ingest import item_picture
from services.ingest import jobs as flow

router = make_router("/v1/jobs", tag="jobs")

IndexFilter = Annotated[str | None, Query(max_length=48, description="Only jobs of this index.")]
StateFilter = Annotated[JobState | None, Query(description="Only jobs in this state.")]
ItemStateFilter = Annotated[ItemState | None, Query(description="Only items in this state.")]
ItemCursor = Annotated[
    str | None,
    Query(pattern=f"^{ids.ITEM_CURSOR.pattern}$", description="`next_cursor` of the page before."),
]
Sequence = Annotated[int, Path(ge=0, lt=10**18, description="`sequence` of the item.")]


@router.get("", openapi_extra=needs(Scope.INGEST))
def list_jobs(
    ports: PortsDep,
    index: IndexFilter = None,
    state: StateFilter = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[JobOut]:
    """List jobs, newest first."""
    states = () if state is None else (state,)
    with ports.database.read() as work:
        jobs = work.jobs.page(index=index, states=states, before=cursor, limit=limit + 1)
    items = [JobOut.of(job) for job in jobs[:limit]]
    return Page[JobOut](items=items, next_cursor=items[-1].id if len(jobs) > limit else None)


@router.get("/{job_id}", openapi_extra=needs(Scope.INGEST), responses=fails(NotFound))
def get_job(job_id: JobId, ports: PortsDep) -> JobOut:
    """Show a job with its counts."""
    with ports.database.read() as work:
        return JobOut.of(work.jobs.get(job_id))


@router.get("/{job_id}/items", openapi_extra=needs(Scope.INGEST), responses=fails(NotFound))
def list_items(
    job_id: JobId,
    ports: PortsDep,
    state: ItemStateFilter = None,
    limit: Limit = 100,
    cursor: ItemCursor = None,
) -> Page[ItemOut]:
    """List a job's items in the order they were accepted."""
    after = None if cursor is None else int(cursor)
    with ports.database.read() as work:
        work.jobs.get(job_id)
        rows = work.jobs.items(job_id, state=state, after=after, limit=limit + 1)
    items = [ItemOut.of(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page[ItemOut](items=items, next_cursor=str(items[-1].sequence) if more else None)


@router.get(
    "/{job_id}/items/{sequence}/thumbnail",
    openapi_extra=needs(Scope.INGEST),
    response_class=Response,
    responses={**served_media.PICTURE, **fails(NotFound)},
)
def item_thumbnail(job_id: JobId, sequence: Sequence, ports: PortsDep) -> Response:
    """Show a small picture of what was sent for an item, whether it failed or not.

    Nothing is fetched for it; uploaded bytes are kept for a day.
    """
    return served_media.picture(item_picture.thumbnail(ports, job_id, sequence))


@router.post(
    "/{job_id}/retry",
    status_code=202,
    openapi_extra=needs(Scope.INGEST),
    responses=fails(NotFound, Conflict),
)
def retry(
    job_id: JobId,
    ports: PortsDep,
    _only: Annotated[Literal["failed"], Query(alias="only", description="What to try again.")],
) -> JobOut:
    """Queue the failed items of a job again, with fresh attempts."""
    return JobOut.of(flow.retry_failed(ports, job_id))


@router.post(
    "/{job_id}/cancel", openapi_extra=needs(Scope.INGEST), responses=fails(NotFound, Conflict)
)
def cancel(job_id: JobId, ports: PortsDep) -> JobOut:
    """Cancel what a job still has to do; what is done stays done."""
    return JobOut.of(flow.cancel(ports, job_id))
