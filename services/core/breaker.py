"""Stops asking a server that keeps failing, and tries again after a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

FAILURES: Final = 3
PAUSE_S: Final = 30.0


class CircuitBreaker:
    """Open after `failures` in a row; after `pause_s` one caller may try, and decides.

    Safe to use from several threads.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause_s: float = PAUSE_S,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._pause_s = pause_s
        self._now = now
        self._lock = Lock()
        self._in_a_row = 0
        self._closed_at = 0.0

    def allows(self) -> bool:
        """Whether to ask now; True for one caller only while it finds out if all is well again."""
        with self._lock:
            if self._in_a_row < self._failures:
                return True
            if self._now() < self._closed_at:
                return False
            self._closed_at = self._now() + self._pause_s
            return True

    def resting(self) -> bool:
        """Whether `allows` would say no; changes nothing."""
        with self._lock:
            return self._in_a_row >= self._failures and self._now() < self._closed_at

    def succeeded(self) -> None:
        with self._lock:
            self._in_a_row = 0

    def failed(self) -> None:
        with self._lock:
            self._in_a_row += 1
            if self._in_a_row >= self._failures:
                self._closed_at = self._now() + self._pause_s
