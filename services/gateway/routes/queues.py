"""Queues: what waits in each, who empties it; paused and resumed by an operator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from fastapi import Path

from services.core import ids
from services.core.errors import NotFound, Unavailable
from services.core.ports import Workforce
from services.core.queue import names
from services.core.types.access import Scope
from services.core.types.jobs import ItemState
from services.core.types.work import WorkerInfo
from services.gateway.deps import GatewayDep
from services.gateway.openapi import fails
from services.gateway.routing import needs
from services.gateway.routing import router as make_router
from services.gateway.schemas.base import Page
from services.gateway.schemas.queues import QueueOut, WorkerOut
from services.gateway.state import Gateway
from services.ingest import queues as flow

router = make_router("/v1/queues", tag="queues")

QueueName = Annotated[
    str,
    Path(
        pattern=f"^{ids.QUEUE_NAME.pattern}$",
        description="Name of the queue.",
        examples=[names.INGEST],
    ),
]
_EMPTIED_BY: Final = {
    names.INGEST: "ingest",
    names.EMBED_INDEX: "embedder",
    names.EMBED_QUERY: "embedder",
    names.MAINTENANCE: "ingest",
    names.INSIGHT: "ingest",
}
"""The role of the workers of each queue."""
_ITEMS: Final = {names.INGEST: ItemState.QUEUED, names.EMBED_INDEX: ItemState.PREPARED}


@router.get("", openapi_extra=needs(Scope.ADMIN))
def list_queues(gateway: GatewayDep) -> Page[QueueOut]:
    """List the queues with what waits in them and the workers that are alive."""
    return Page[QueueOut](items=_all(gateway))


@router.post("/{queue}/pause", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def pause(queue: QueueName, gateway: GatewayDep) -> QueueOut:
    """Begin no further work of a queue; requests are still accepted, and wait in the ledger."""
    flow.pause(gateway.runtime.ports, queue)
    return _one(gateway, queue)


@router.post("/{queue}/resume", openapi_extra=needs(Scope.ADMIN), responses=fails(NotFound))
def resume(queue: QueueName, gateway: GatewayDep) -> QueueOut:
    """Let a queue go on; what is due is sent at once."""
    flow.resume(gateway.runtime.ports, queue)
    return _one(gateway, queue)


def _one(gateway: Gateway, queue: str) -> QueueOut:
    return next(each for each in _all(gateway) if each.name == queue)


def _all(gateway: Gateway) -> list[QueueOut]:
    runtime = gateway.runtime
    with runtime.ports.database.read() as work:
        paused = work.queues.paused()
        waiting = work.jobs.waiting()
    workers = _workers(runtime.workforce)
    return [
        QueueOut(
            name=name,
            pausable=name in names.PAUSABLE,
            paused_at=paused.get(name),
            items=waiting[_ITEMS[name]] if name in _ITEMS else None,
            messages=runtime.queue.waiting(name),
            workers=None
            if workers is None
            else [WorkerOut.of(each) for each in workers if each.role == role],
        )
        for name, role in _EMPTIED_BY.items()
    ]


def _workers(workforce: Workforce | None) -> Sequence[WorkerInfo] | None:
    """Who is alive; None where there are no workers, or the broker does not answer."""
    try:
        return None if workforce is None else workforce.workers()
    except Unavailable:
        return None
