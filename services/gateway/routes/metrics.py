"""Figures for Prometheus: this process's counters, and the installation as it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Final, TypeAlias

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

PATIENCE_S: Final = 5.0
"""A part that takes longer is down for this scrape; Prometheus waits 10 s for the whole of it."""
QUEUES: Final = tuple(dict.fromkeys((*names.QUEUES.values(), names.EMBED_QUERY)))
Part: TypeAlias = Callable[[], list[Metric]]

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
    figures = ask(_parts(gateway.runtime, ports), within_s=PATIENCE_S)
    body, content_type = gateway.runtime.metrics.render(*figures)
    return Response(body, headers={"Content-Type": content_type})


def ask(parts: Mapping[str, Part], *, within_s: float) -> list[Metric]:
    """What all parts have to say, side by side, and which of them answered in time."""
    pool = ThreadPoolExecutor(len(parts), thread_name_prefix="metrics")
    asked = {name: pool.submit(part) for name, part in parts.items()}
    # One that hangs ends by its own time limit; this scrape does not wait for it.
    pool.shutdown(wait=False)
    wait(asked.values(), timeout=within_s)
    answers = {name: _answer(future) for name, future in asked.items()}
    up = {name: answer is not None for name, answer in answers.items()}
    return [
        *(metric for answer in answers.values() for metric in answer or ()),
        *installation.answering(up),
    ]


def _answer(future: Future[list[Metric]]) -> list[Metric] | None:
    try:
        return future.result(timeout=0)
    except (MargayError, TimeoutError):
        return None


def _parts(runtime: Runtime, ports: Ports) -> dict[str, Part]:
    checks: dict[str, Callable[[], None]] = {
        "vectors": ports.vectors.check,
        "media": ports.media.check,
        "embedder": ports.embedder.check,
        **runtime.checks,
    }
    return {
        **{name: _checked(check) for name, check in checks.items()},
        "database": lambda: _ledger(ports),
        "broker": lambda: _broker(runtime),
    }


def _checked(check: Callable[[], None]) -> Part:
    def part() -> list[Metric]:
        check()
        return []

    return part


def _ledger(ports: Ports) -> list[Metric]:
    with ports.database.read() as work:
        figures = work.figures.ledger()
        found = work.figures.recall_probes()
        paused = work.queues.paused()
    return [
        *installation.ledger(figures, paused=paused, now=ports.clock()),
        *installation.probes(found),
    ]


def _broker(runtime: Runtime) -> list[Metric]:
    """Raises Unavailable when it does not answer."""
    found: list[Metric] = []
    if runtime.workforce is not None:
        found = [*installation.workers(runtime.workforce.workers())]
    waiting = {queue: runtime.queue.waiting(queue) for queue in QUEUES}
    return [*found, *installation.messages(waiting)]
