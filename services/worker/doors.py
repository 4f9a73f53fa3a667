"""Tasks are doors: each opens onto a flow, with ids in hand, and notes how it went."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Final, TypeAlias

from celery import Celery

from services.core.errors import Unavailable
from services.core.queue import names
from services.core.queue.celery_queue import CeleryQueue
from services.worker.failures import note_failure, put_off
from services.worker.room import Room
from services.worker.task import Options, task

logger: Final = logging.getLogger(__name__)
Place: TypeAlias = Callable[[str, Mapping[str, str]], AbstractContextManager[bool]]

_OF_A_JOB: Final = Options(ids=("job_id",))
_ALONE: Final = Options(ids=())
OPTIONS: Final = {
    names.INGEST_EXPAND: _OF_A_JOB,
    names.INGEST_PREPARE: _OF_A_JOB,
    names.INGEST_EMBED: _OF_A_JOB,
    names.INDEX_REBUILD: _OF_A_JOB,
    names.SWEEP: _ALONE,
    names.DUE: _ALONE,
}


def always(_task: str, _ids: Mapping[str, str]) -> AbstractContextManager[bool]:
    """Where each task has a process or a thread of its own anyway."""
    return nullcontext(True)


def register(
    app: Celery,
    tasks: Collection[str],
    *,
    room: Room,
    queue: CeleryQueue,
    place: Place = always,
) -> None:
    """Make these tasks of the application run the handlers of what the room holds."""
    for name in tasks:
        task(app, name, OPTIONS[name])(_door(name, room=room, queue=queue, place=place))


def _door(name: str, *, room: Room, queue: CeleryQueue, place: Place) -> Callable[..., None]:
    def door(**ids: str) -> None:
        begun = queue.began(name, ids)
        with place(name, ids) as free:
            if not free:
                return
            again = _run(name, ids, room=room)
        if again:
            # What could not be noted at the beginning would swallow this message.
            if not begun:
                queue.began(name, ids)
            queue.send(name, ids)

    return door


def _run(name: str, ids: Mapping[str, str], *, room: Room) -> bool:
    """Run the flow; whether it only made way for others and has more to do."""
    try:
        opened = room.opened()
    except Exception:  # a store may be away: the next message tries again
        logger.exception("worker.not_opened: %s waits", name)
        return False
    opened.begin_slice()
    try:
        opened.handlers[name](**ids)
    except Unavailable as error:  # a store that is away is no fault of the job
        logger.warning("task.put_off: %s %s: %s", name, dict(ids), error.detail)
        if "job_id" in ids:
            put_off(opened.ports, ids["job_id"])
        return False
    except Exception as error:
        logger.exception("task.failed: %s %s", name, dict(ids))
        if "job_id" in ids:
            note_failure(opened.ports, ids["job_id"], error)
        return False
    return opened.yielding()
