"""Figures for Prometheus: this process's counters, and the installation as it is now."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fastapi import Response
from prometheus_client.core import Metric

from services.core.errors import MargayError
from services.core.ports import Ports
from services.core.queue import names
from services.core.types.access import Scope
from services.gateway import installation
from services.gateway.deps import GatewayDep, PortsDep
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.state import Runtime

router = make_router("", tag="operations")
QUEUES = tuple(dict.fromkeys((*names.QUEUES.values(), names.EMBED_QUERY)))


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
    """Show counters and the installation's state in the Prometheus text format.

    What cannot be told because a part is down is left out, and `margay_part_up` says so.
    """
    body, content_type = gateway.runtime.metrics.render(*_now(gateway.runtime, ports))
    return Response(body, headers={"Content-Type": content_type})


def _now(runtime: Runtime, ports: Ports) -> Iterator[Metric]:
    parts: dict[str, Callable[[], list[Metric]]] = {
        "database": lambda: _ledger(ports),
        "broker": lambda: _broker(runtime),
    }
    up = {}
    for part, figures in parts.items():
        try:
            found = figures()
        except MargayError:
            up[part] = False
        else:
            up[part] = True
            yield from found
    yield from installation.answering(up)


def _ledger(ports: Ports) -> list[Metric]:
    with ports.database.read() as work:
        figures = work.figures.ledger()
    return [*installation.ledger(figures, paused=(), now=ports.clock())]


def _broker(runtime: Runtime) -> list[Metric]:
    """Raises Unavailable when it does not answer."""
    found: list[Metric] = []
    if runtime.workforce is not None:
        found = [*installation.workers(runtime.workforce.workers())]
    waiting = {queue: runtime.queue.waiting(queue) for queue in QUEUES}
    return [*found, *installation.messages(waiting)]
