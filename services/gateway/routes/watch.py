"""Drift: what the watch has found of an index, and saying that what is now is right."""

from __future__ import annotations

from services.core.errors import Conflict, NotFound
from services.core.types.access import Scope
from services.gateway.deps import IndexName, PortsDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.watch import BaselineOut, DriftOut, KindOut
from services.insight.watch import looking

router = make_router("/v1/indexes/{index}", tag="operations")


@router.get("/drift", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def drift(index: IndexName, ports: PortsDep) -> DriftOut:
    """Tell what the last look found, and what the probe set last measured."""
    with ports.database.read() as work:
        work.indexes.get(index)
        reports = {each.index: each for each in work.populations.drifts()}
        probes = {each.index: each for each in work.populations.quality_probes()}
    return DriftOut.of(index, reports.get(index), probes.get(index))


@router.post("/baseline", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound, Conflict))
def accept(index: IndexName, ports: PortsDep) -> BaselineOut:
    """Make what was searched and found lately, and the documents there are, what is usual."""
    kept = looking.accept(ports, index)
    return BaselineOut(index=index, kinds=[KindOut.of_population(each) for each in kept])
