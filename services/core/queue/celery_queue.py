"""The queue of the stack: messages through Celery that say "there is work", at most one each."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

from celery import Celery

from services.core.ports.queue import Handler
from services.core.queue import names
from services.core.queue.markers import Markers
from services.core.queue.redis_breaker import Breaker
from services.core.queue.redis_client import connect


class CeleryQueue:
    """`ports.queue.Queue` on Celery; any number of threads may use it.

    A message is only a hint. While one waits, an equal one is not sent; while the broker is down,
    none is (`send` returns within seconds, mostly at once); and none is ever sent ahead of its
    time. `maintenance.due` finds in SQL what has no message and sends it when it is due.
    """

    def __init__(self, app: Celery, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._client = connect(app)
        self._markers = Markers(self._client)
        self._breaker = Breaker(clock=clock)
        self._stopping = threading.Event()

    def send(self, task: str, ids: Mapping[str, str], *, delay_s: float = 0.0) -> None:
        """Raises ValueError for a task of no queue; whatever the broker does, nothing else."""
        if (queue := names.QUEUES.get(task)) is None:
            raise ValueError(f"no queue carries {task!r}")
        if delay_s > 0:
            return
        with self._breaker.trying() as may_try:
            if may_try and self._markers.place(task, ids, queue=queue):
                self._publish(task, ids)
                self._markers.keep(task, ids)

    def began(self, task: str, ids: Mapping[str, str]) -> bool:
        """A worker begins it: from now on an equal message is sent again.

        False if that could not be noted; it may be tried again later.
        """
        return self._quietly(lambda: self._markers.remove(task, ids))

    def hold(self, task: str, ids: Mapping[str, str], *, for_s: int) -> bool:
        """Keep equal messages from being sent for so long: this one waits elsewhere."""
        return self._quietly(lambda: self._markers.hold(task, ids, for_s=for_s))

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Nothing: other processes run the tasks."""

    def stop(self) -> None:
        """Send goes on: what runs still commits, and its messages wait in Redis."""
        self._stopping.set()

    def stopping(self) -> bool:
        return self._stopping.is_set()

    def waiting(self, queue: str) -> int | None:
        found: list[int] = []
        self._quietly(lambda: found.append(int(self._client.llen(queue))))
        return found[0] if found else None

    def close(self) -> None:
        """Close the connection of its own; the application's are its owner's."""
        self._client.close()

    def _publish(self, task: str, ids: Mapping[str, str]) -> None:
        # Without a result there is nothing to subscribe to: one command, no further connection.
        self._app.send_task(task, kwargs=dict(ids), ignore_result=True)

    def _quietly(self, act: Callable[[], object]) -> bool:
        done = False
        with self._breaker.trying() as may_try:
            if may_try:
                act()
                done = True
        return done
