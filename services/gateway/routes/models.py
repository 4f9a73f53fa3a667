"""Models: which are in memory, what they take and how fast they are."""

from __future__ import annotations

from services.core.types.access import Scope
from services.gateway.deps import GatewayDep
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.models import ModelsOut

router = make_router("/v1/models", tag="operations")


@router.get("", openapi_extra=needs(Scope.ADMIN))
def list_models(gateway: GatewayDep) -> ModelsOut:
    """List the embedders and cross-encoders as they are now; none is loaded for it."""
    return ModelsOut.of(gateway.runtime.models())
