"""The queue and the locks of the embedded mode: worker threads in this process."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from services.core.ports.queue import Handler
from services.core.queue.lane import Lane, Message
from services.core.queue.names import QUEUES


class LocalQueue:
    """`ports.queue.Queue` on threads.

    Nothing survives the process: the ledger sends what is unfinished again. A handler that raises
    is logged with its traceback and ends only that task.
    """

    def __init__(self, lanes: Mapping[str, str], *, threads: Mapping[str, int]) -> None:
        """`lanes` says which lane runs a task, `threads` how many threads a lane has."""
        unknown = set(lanes.values()) - set(threads)
        if unknown:
            raise ValueError(f"lanes without threads: {', '.join(sorted(unknown))}")
        made = {name: Lane(name, self._run, threads=threads[name]) for name in set(lanes.values())}
        self._lanes = {task: made[name] for task, name in lanes.items()}
        self._handlers: Mapping[str, Handler] = {}
        self._periods: dict[str, float] = {}
        self._stopping = threading.Event()

    def send(self, task: str, ids: Mapping[str, str], *, delay_s: float = 0.0) -> None:
        """Raises ValueError for a task of no lane."""
        if task not in self._lanes:
            raise ValueError(f"no lane runs {task!r}")
        message = Message(task, tuple(sorted(ids.items())))
        self._lanes[task].put(message, delay_s=delay_s)

    def every(self, seconds: float, task: str) -> None:
        """Run a task without ids as soon as possible, and again so long after each run."""
        self._periods[task] = seconds
        self.send(task, {})

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Raises ValueError if a task of a lane has no handler; RuntimeError if started before."""
        missing = set(self._lanes) - set(handlers)
        if missing:
            raise ValueError(f"tasks without a handler: {', '.join(sorted(missing))}")
        if self._handlers:
            raise RuntimeError("the queue was started before")
        self._handlers = dict(handlers)
        for lane in set(self._lanes.values()):
            lane.start()

    def stop(self) -> None:
        self._stopping.set()
        lanes = set(self._lanes.values())
        for lane in lanes:
            lane.stop()
        for lane in lanes:
            lane.join()

    def stopping(self) -> bool:
        return self._stopping.is_set()

    def waiting(self, queue: str) -> int | None:
        lanes = {id(self._lanes[task]): self._lanes[task] for task in self._of(queue)}
        wanted = set(self._of(queue))
        return sum(lane.waiting(wanted) for lane in lanes.values())

    def _of(self, queue: str) -> list[str]:
        return [task for task in self._lanes if QUEUES.get(task) == queue]

    def _run(self, message: Message) -> None:
        try:
            self._handlers[message.task](**dict(message.ids))
        finally:
            if message.task in self._periods and not message.ids:
                self.send(message.task, {}, delay_s=self._periods[message.task])


class LocalLocks:
    """`ports.queue.IndexLocks` for the threads of this process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        with self._lock(name):
            yield

    @contextmanager
    def sharing(self, name: str) -> Iterator[None]:
        # In one process those who share take turns: what they do under the lock is short.
        with self._lock(name):
            yield

    @contextmanager
    def trying(self, name: str) -> Iterator[bool]:
        lock = self._lock(name)
        held = lock.acquire(blocking=False)
        try:
            yield held
        finally:
            if held:
                lock.release()

    def _lock(self, name: str) -> threading.RLock:
        with self._guard:
            return self._locks[name]
