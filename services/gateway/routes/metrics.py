"""Figures for Prometheus: this process's counters, and the installation as it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from fastapi import Response
from prometheus_client.core import Metric

from services.core.ports import Ports
from services.core.queue import names
from services.core.types.access import Scope
from services.gateway import installation, watched
from services.gateway.deps import GatewayDep, PortsDep
from services.gateway.readiness import Readiness
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.state import Runtime

QUEUES: Final = tuple(dict.fromkeys((*names.QUEUES.values(), names.EMBED_QUERY)))

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
    """Show counters and the installation's state in the Prometheus text format.

    What cannot be told because a part is down is left out, and `margay_part_up` says so.
    """
    runtime = gateway.runtime
    figures = gather(
        gateway.readiness,
        checks={
            "vectors": ports.vectors.check,
            "media": ports.media.check,
            "embedder": ports.embedder.check,
            **runtime.checks,
        },
        figures={"database": lambda: _ledger(ports), **_brokers(runtime)},
    )
    if runtime.workforce is None:
        figures += _queued(runtime)  # in this very process: nothing that could be down
    body, content_type = runtime.metrics.render(*figures)
    return Response(body, headers={"Content-Type": content_type})


def gather(
    readiness: Readiness,
    *,
    checks: Mapping[str, Callable[[], None]],
    figures: Mapping[str, Callable[[], list[Metric]]],
) -> list[Metric]:
    """What all parts have to say, side by side, and which of them answered in time."""
    # Checks go by the names that `/health/ready` uses: one that is under way serves both.
    asked = {f"figures of {part}": figure for part, figure in figures.items()}
    answers = readiness.answers({**checks, **asked})
    up = dict.fromkeys({**checks, **figures}, True)
    found: list[Metric] = []
    for name, answer in answers.items():
        part = name.removeprefix("figures of ")
        up[part] = up[part] and answer.problem is None
        if name in asked and answer.problem is None:
            found += cast("list[Metric]", answer.value)
    return [*found, *installation.answering(up)]


def _ledger(ports: Ports) -> list[Metric]:
    with ports.database.read() as work:
        figures = work.figures.ledger()
        found = work.figures.recall_probes()
        drifts, quality = work.populations.drifts(), work.populations.quality_probes()
        paused = work.queues.paused()
    return [
        *installation.ledger(figures, paused=paused, now=ports.clock()),
        *installation.probes(found),
        *watched.drift(drifts),
        *watched.quality(quality),
    ]


def _brokers(runtime: Runtime) -> dict[str, Callable[[], list[Metric]]]:
    """What the broker tells, where there is one."""
    workforce = runtime.workforce
    if workforce is None:
        return {}
    return {"broker": lambda: [*installation.workers(workforce.workers()), *_queued(runtime)]}


def _queued(runtime: Runtime) -> list[Metric]:
    """Raises Unavailable when a broker does not answer."""
    return [*installation.messages({queue: runtime.queue.waiting(queue) for queue in QUEUES})]
