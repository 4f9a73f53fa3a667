"""Tasks are doors: each opens onto a flow, with ids in hand, and notes how it went."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from celery import Celery

from services.core.queue import names
from services.core.queue.celery_queue import CeleryQueue
from services.ingest import failing
from services.worker.room import Opened, Room
from services.worker.task import Options, task
from services.worker.unfinished import Unfinished

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
    names.INSIGHT_EVALUATE: Options(ids=("evaluation_id",)),
    names.INSIGHT_REPORT: Options(ids=("experiment",)),
    names.INSIGHT_PROBE: Options(ids=("query_set",)),
    names.INSIGHT_LEARN: Options(ids=("index",)),
}


UNCLAIMED: Final = (names.INGEST_EXPAND, names.INDEX_REBUILD)
"""Tasks without items in hand: nobody else counts that their workers die."""


class WorkerDied(Exception):
    """The process that ran the task named here ended before the task did."""


def always(_task: str, _ids: Mapping[str, str]) -> AbstractContextManager[bool]:
    """Where each task has a process or a thread of its own anyway."""
    return nullcontext(True)


@dataclass(frozen=True, slots=True)
class Hall:
    """What all doors of a worker share."""

    app: Celery
    room: Room
    queue: CeleryQueue
    unfinished: Unfinished
    place: Place = always

    def register(self, tasks: Collection[str]) -> None:
        """Make these tasks of the application run the handlers of what the room holds."""
        for name in tasks:
            task(self.app, name, OPTIONS[name])(partial(self.enter, name))

    def enter(self, task: str, **ids: str) -> None:
        """Run a task once it has a place, and send it again if it has more to do."""
        begun = self.queue.began(task, ids)
        with self.place(task, ids) as free:
            if not free:
                return
            again = self._counting(task, ids)
        if again:
            # What could not be noted at the beginning would swallow this message.
            if not begun:
                self.queue.began(task, ids)
            self.queue.send(task, ids)

    def _counting(self, task: str, ids: Mapping[str, str]) -> bool:
        """Run it unless the worker that had it died: then that is noted, and it waits a while."""
        if task not in UNCLAIMED:
            return self._run(task, ids)
        redelivered = bool((self.app.tasks[task].request.delivery_info or {}).get("redelivered"))
        with self.unfinished.running(task, ids, redelivered=redelivered) as died:
            if not died:
                return self._run(task, ids)
            if (opened := self._opened(task)) is not None:
                failing.note(opened.ports, ids["job_id"], WorkerDied(task))
            return False

    def _run(self, task: str, ids: Mapping[str, str]) -> bool:
        """Run the flow; whether it only made way for others and has more to do."""
        if (opened := self._opened(task)) is None:
            return False
        opened.begin_slice()
        try:
            opened.handlers[task](**ids)
        except Exception:  # of a job's tasks the flows note it themselves
            logger.exception("task.failed: %s %s", task, dict(ids))
            return False
        return opened.yielding()

    def _opened(self, task: str) -> Opened | None:
        try:
            return self.room.opened()
        except Exception:  # a store may be away: the next message tries again
            logger.exception("worker.not_opened: %s waits", task)
            return None
