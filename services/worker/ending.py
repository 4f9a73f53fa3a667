"""How a worker process ends: asked once it finishes what is in hand, asked twice it just ends."""

from __future__ import annotations

import mmap
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
LOOK_S: Final = 0.1
TWICE_S: Final = 1.0
"""Two signals within it are one: some supervisors signal the process and then its group."""


class Ending:
    """Notes SIGTERM and Ctrl-C while it is entered, for this process and those forked from it.

    A note is a shared byte, not an event: a handler may run while this very thread holds an
    event's lock.
    """

    def __init__(self, asked: Callable[[], None] = lambda: None) -> None:
        """`asked` is called by the first signal's handler: it must take no lock."""
        self._asked = asked
        self._flag = mmap.mmap(-1, 1)
        self._hopeless = mmap.mmap(-1, 1)
        self._pid = os.getpid()
        self._first_at = 0.0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._before = {each: signal.signal(each, self._note) for each in SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for each, handler in self._before.items():
            signal.signal(each, handler)

    def begun(self) -> bool:
        """Whether this process, or the one it was forked from, was asked to end."""
        return self._flag[0] != 0

    def leave_to_parent(self) -> None:
        """In a forked process: only its parent is asked, even if the whole group is signalled."""
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)

    def give_up(self) -> None:
        """In a forked process: have all of them end, since none can ever do its work."""
        self._hopeless[0] = 1
        if os.getppid() == self._pid:
            os.kill(self._pid, signal.SIGTERM)

    def given_up(self) -> bool:
        return self._hopeless[0] != 0

    def tell(self, then: Callable[[], None]) -> None:
        """Call `then` from a thread of its own, within a moment of being asked."""
        threading.Thread(target=self._wait, args=(then,), name="ending", daemon=True).start()

    def _wait(self, then: Callable[[], None]) -> None:
        while not self.begun():
            time.sleep(LOOK_S)
        then()

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.begun():
            self._flag[0], self._first_at = 1, now
            self._asked()
        elif now - self._first_at > TWICE_S:
            # Processes forked from this one are killed with it; their leases run out.
            os._exit(1)
