"""What an operator may do to a queue: begin nothing further of it, or let it go on."""

from __future__ import annotations

from services.core.errors import InputError, NotFound
from services.core.ports import Ports
from services.core.queue import names
from services.ingest import sweep


def pause(ports: Ports, queue: str) -> None:
    """Begin no further work of a queue, in any process; a batch in hand is finished.

    Raises NotFound for an unknown queue, InputError naming `queue` for one that always goes on.
    """
    _check(queue)
    with ports.database.work() as work:
        work.queues.pause(queue, now=ports.clock())


def resume(ports: Ports, queue: str) -> None:
    """Let it go on, and send what is due at once. Raises as `pause` does."""
    _check(queue)
    with ports.database.work() as work:
        work.queues.resume(queue)
    sweep.send_due(ports)


def _check(queue: str) -> None:
    if queue not in {*names.QUEUES.values(), names.EMBED_QUERY}:
        raise NotFound(f"there is no queue {queue!r}")
    if queue not in names.PAUSABLE:
        allowed = " and ".join(names.PAUSABLE)
        raise InputError.at("queue", f"{queue} always goes on; {allowed} can be paused")
