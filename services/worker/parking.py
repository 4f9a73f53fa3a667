"""At most so many ingestion batches at once in one embedder; who comes too early waits its turn."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from services.core.queue.celery_queue import CeleryQueue
from services.core.queue.lane import Message

HELD_S: Final = 15
"""If this process dies, what is parked here is sent again after so long."""


class Parking:
    """Places for tasks of one kind; a thread that finds none goes back to serving queries."""

    def __init__(self, places: int, *, queue: CeleryQueue) -> None:
        self._free = places
        self._queue = queue
        self._guard = threading.Lock()
        self._parked: dict[Message, None] = {}  # in the order they came

    @contextmanager
    def place(self, task: str, ids: Mapping[str, str]) -> Iterator[bool]:
        """Yield whether there is one; if not, the message is sent again when there is.

        It waits here, not in the broker: there it would meet full places each time it came, while
        the jobs that hold them send themselves again, and never get its turn.
        """
        if not self._take(Message(task, tuple(sorted(ids.items())))):
            self._queue.hold(task, ids, for_s=HELD_S)
            yield False
            return
        try:
            yield True
        finally:
            for message in self._leave():
                self._queue.began(message.task, dict(message.ids))
                self._queue.send(message.task, dict(message.ids))

    def _take(self, message: Message) -> bool:
        with self._guard:
            if self._free > 0:
                self._free -= 1
                return True
            self._parked[message] = None
            return False

    def _leave(self) -> list[Message]:
        with self._guard:
            self._free += 1
            parked = list(self._parked)
            self._parked.clear()
            return parked
