"""The last minutes of this process: requests, latencies, what waits; for live charts."""

from __future__ import annotations

import os
import socket
from typing import Annotated

from fastapi import Query

from services.core.ports import Ports
from services.core.queue import names
from services.core.telemetry.recent import KEPT_S
from services.core.types.access import Scope
from services.core.types.jobs import ItemState
from services.gateway.deps import GatewayDep, PortsDep
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.statistics import LatencyOut, MomentOut, StatisticsOut

router = make_router("/v1/statistics", tag="operations")

Minutes = Annotated[
    int, Query(ge=1, le=KEPT_S // 60, description="How far to look back.", examples=[5])
]


@router.get("", openapi_extra=needs(Scope.ADMIN))
def statistics(gateway: GatewayDep, ports: PortsDep, minutes: Minutes = 10) -> StatisticsOut:
    """Tell of the last minutes of the gateway process that answers this, and of no other.

    Kept in memory: a restart forgets. What waits is noted whenever this is asked.
    """
    recent = gateway.runtime.metrics.recent
    recent.note_queues(_waiting(ports))
    moments = recent.moments(last_s=minutes * 60)
    latency_s = recent.latency_s(last_s=minutes * 60)
    return StatisticsOut(
        host=socket.gethostname(),
        pid=os.getpid(),
        requests=sum(each.requests for each in moments),
        errors=sum(each.errors for each in moments),
        searches=sum(each.searches for each in moments),
        latency=None if latency_s is None else LatencyOut.of(latency_s),
        moments=[MomentOut.of(each) for each in moments],
    )


def _waiting(ports: Ports) -> dict[str, int]:
    """Documents that each queue has still to work on, as the ledger has them."""
    with ports.database.read() as work:
        waiting = work.jobs.waiting()
    return {
        names.INGEST: waiting[ItemState.QUEUED],
        names.EMBED_INDEX: waiting[ItemState.PREPARED],
    }
