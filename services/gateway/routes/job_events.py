"""A job's progress as server-sent events: a snapshot whenever it changed, until it is finished."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Final

import anyio
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from services.core.errors import NotFound
from services.core.ports import Ports
from services.core.types.access import Scope
from services.core.types.jobs import Job
from services.gateway.deps import GatewayDep, JobId, PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.jobs import JobOut
from services.gateway.seats import Seats

POLL_S: Final = 0.3
HEARTBEAT_S: Final = 15.0

router = make_router("/v1/jobs", tag="jobs")


class EventStream(StreamingResponse):
    """Gives its seat back however the stream ends: finished, broken, or the listener gone."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[str], seats: Seats) -> None:
        super().__init__(events, headers={"X-Accel-Buffering": "no"})
        self._seats = seats

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        with self._seats.held():
            await super().__call__(scope, receive, send)


@router.get(
    "/{job_id}/events",
    openapi_extra=needs(Scope.INGEST),
    status_code=200,
    response_class=EventStream,
    responses={
        200: {
            "description": "Events named `job`, whose data is the job as GET shows it",
            "content": {"text/event-stream": {}},
        },
        **fails(NotFound),
    },
)
def follow_job(job_id: JobId, ports: PortsDep, gateway: GatewayDep) -> EventStream:
    """Follow a job; the stream ends when the job is finished."""
    job = _read(ports, job_id)
    gateway.listeners.take()
    return EventStream(snapshots(ports, job), gateway.listeners)


async def snapshots(ports: Ports, job: Job) -> AsyncIterator[str]:
    """Yield an event for the job as it is and for each change; comments keep the line alive."""
    shown = ""
    quiet_since = time.monotonic()
    while True:
        snapshot = JobOut.of(job).model_dump_json()
        if snapshot != shown:
            yield f"event: job\ndata: {snapshot}\n\n"
            shown, quiet_since = snapshot, time.monotonic()
        elif time.monotonic() - quiet_since >= HEARTBEAT_S:
            yield ": still here\n\n"
            quiet_since = time.monotonic()
        if job.state.finished:
            return
        await anyio.sleep(POLL_S)
        try:
            job = await run_in_threadpool(_read, ports, job.id)
        except NotFound:  # its index was removed meanwhile
            return


def _read(ports: Ports, job_id: str) -> Job:
    with ports.database.read() as work:
        return work.jobs.get(job_id)
