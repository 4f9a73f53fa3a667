"""Counters for Prometheus."""

from __future__ import annotations

from fastapi import Response

from services.core.types.access import Scope
from services.gateway.deps import GatewayDep
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
def metrics(gateway: GatewayDep) -> Response:
    """Show the counters in the Prometheus text format."""
    body, content_type = gateway.runtime.metrics.render()
    return Response(body, headers={"Content-Type": content_type})
