"""Where a worker process keeps its opened installation: opened once, closed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from services.core.ports import Ports, Scorer
from services.core.ports.queue import Handler
from services.core.types.models import ModelState
from services.worker.query_tasks import Runtime


class Opened(Protocol):
    """What the wiring opens for a worker."""

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What to run for each task name."""

    @property
    def ports(self) -> Ports: ...
    @property
    def embedder(self) -> Runtime | None:
        """What answers queries; None where queries do not come."""

    @property
    def scorer(self) -> Scorer | None: ...

    def models(self) -> Sequence[ModelState]:
        """How the models of this process do now; none where it has none."""

    def begin_slice(self) -> None:
        """The calling thread begins a task: the time of `ports.yielding` counts from now."""

    def yielding(self) -> bool:
        """Whether the calling thread's task was told to make way, or everything to end."""

    def stop(self) -> None:
        """From now on `ports.stopping` and `ports.yielding` say so."""

    def close(self) -> None: ...


class Room:
    """Holds what `open_` opens, for all the threads of a process."""

    def __init__(self, open_: Callable[[], Opened]) -> None:
        self._open = open_
        self._guard = threading.Lock()
        self._opened: Opened | None = None
        self._stopping = False

    def opened(self) -> Opened:
        """Open it if it is not open. Raises what opening raises, and tries again next time."""
        with self._guard:
            if self._opened is None:
                self._opened = self._open()
                if self._stopping:
                    self._opened.stop()
            return self._opened

    def stop(self) -> None:
        """Tell the tasks to end, also those that find it opened only later."""
        with self._guard:
            self._stopping = True
            if self._opened is not None:
                self._opened.stop()

    def close(self) -> None:
        with self._guard:
            opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()
