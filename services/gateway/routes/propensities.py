"""Propensities: how likely each position of an index's answers is looked at."""

from __future__ import annotations

from fastapi import Response

from services.core.errors import NotFound
from services.core.types.access import Scope
from services.core.types.analytics import StoredPropensities
from services.gateway.deps import IndexName, PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.analytics import PropensitiesIn, PropensitiesOut
from services.insight.events.propensity import by_hand

router = make_router("/v1/indexes/{index}/propensities", tag="learning")


@router.get("", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def get_propensities(index: IndexName, ports: PortsDep) -> PropensitiesOut:
    """Show the propensities, and where they come from."""
    with ports.database.read() as work:
        work.indexes.get(index)
        return PropensitiesOut.of(work.learning.propensities(index))


@router.put("", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def set_propensities(index: IndexName, body: PropensitiesIn, ports: PortsDep) -> PropensitiesOut:
    """Set them by hand: they are not estimated any more, and hold from the next learning on."""
    chosen = by_hand(body.by_position)
    stored = StoredPropensities(chosen.by_position, chosen.source, ports.clock())
    with ports.database.work() as work:
        work.learning.put_propensities(index, stored)
    return PropensitiesOut.of(stored)


@router.delete("", status_code=204, openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def drop_propensities(index: IndexName, ports: PortsDep) -> Response:
    """Forget what was set; from the next learning on they are estimated."""
    with ports.database.work() as work:
        work.indexes.get(index)
        work.learning.drop_propensities(index)
    return Response(status_code=204)
