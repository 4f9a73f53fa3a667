"""One lane of the local queue: threads that run the messages that are due, one kind at a time."""

from __future__ import annotations

import heapq
import logging
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import count
from typing import Final

logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """A task with its ids, ordered by name: equal messages mean the same work."""

    task: str
    ids: tuple[tuple[str, str], ...]


@dataclass(order=True, frozen=True, slots=True)
class _Entry:
    due: float
    number: int
    message: Message = field(compare=False)


class Lane:
    """Messages wait here at most once each; the earliest due runs first."""

    def __init__(self, name: str, run: Callable[[Message], None], *, threads: int) -> None:
        self._run = run
        self._changed = threading.Condition()
        self._entries: list[_Entry] = []
        self._waiting: dict[Message, _Entry] = {}
        self._numbers = count()
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]

    def put(self, message: Message, *, delay_s: float) -> None:
        """Add a message, or bring forward the equal one that waits; nothing once stopped."""
        with self._changed:
            due = time.monotonic() + delay_s
            there = self._waiting.get(message)
            if self._stopped or (there is not None and there.due <= due):
                return
            # An entry that was brought forward stays in the heap and is skipped when it is due.
            entry = _Entry(due, next(self._numbers), message)
            self._waiting[message] = entry
            heapq.heappush(self._entries, entry)
            self._changed.notify()

    def waiting(self, tasks: Collection[str]) -> int:
        """How many messages of these tasks wait."""
        with self._changed:
            return sum(message.task in tasks for message in self._waiting)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Forget what waits and tell the threads to end after what they are running."""
        with self._changed:
            self._stopped = True
            self._entries.clear()
            self._waiting.clear()
            self._changed.notify_all()

    def join(self) -> None:
        """Wait for the threads; one that itself stops the queue is not waited for."""
        for thread in self._threads:
            if thread.ident is not None and thread is not threading.current_thread():
                thread.join()

    def _work(self) -> None:
        while (message := self._next()) is not None:
            try:
                self._run(message)
            except Exception:
                logger.exception("task.failed: %s %s", message.task, dict(message.ids))

    def _next(self) -> Message | None:
        """Wait for the first message that is due; None once stopped."""
        with self._changed:
            while not self._stopped:
                if not self._entries:
                    self._changed.wait()
                    continue
                first = self._entries[0]
                if self._waiting.get(first.message) is not first:
                    heapq.heappop(self._entries)
                elif (left := first.due - time.monotonic()) > 0:
                    self._changed.wait(left)
                else:
                    heapq.heappop(self._entries)
                    del self._waiting[first.message]
                    return first.message
        return None
