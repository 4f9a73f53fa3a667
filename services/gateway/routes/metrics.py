"""Counters for Prometheus."""

from __future__ import annotations

from collections import Counter

from fastapi import Response

from services.core.types.access import Scope
from services.core.types.jobs import JobState
from services.gateway.deps import GatewayDep, PortsDep
from services.gateway.routing import needs
from services.gateway.routing import router as make_router

router = make_router("", tag="operations")


@router.get(
    "/metrics",
    openapi_extra=needs(Scope.ADMIN),
    response_class=Response,
    responses={
        200: {
            "description": "Prometheus text format",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
)
def show(gateway: GatewayDep, ports: PortsDep) -> Response:
    """Show the counters in the Prometheus text format."""
    metrics = gateway.runtime.metrics
    with ports.database.read() as work:
        waiting = Counter(job.state for job in work.jobs.unfinished())
    for state in JobState:
        if not state.finished:
            metrics.set_jobs(state.value, waiting[state])
    body, content_type = metrics.render()
    return Response(body, headers={"Content-Type": content_type})
