"""A bounded number of places, for things that stay open (event streams)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from services.core.errors import RateLimited


class Seats:
    """Counts who is in; refuses when full."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        return self._taken

    def take(self) -> None:
        """Take a place. Raises RateLimited when there is none."""
        with self._lock:
            if self._taken >= self._limit:
                raise RateLimited(f"{self._limit} event streams are open, which is the limit")
            self._taken += 1

    def leave(self) -> None:
        """Give a place back."""
        with self._lock:
            self._taken -= 1

    @contextmanager
    def held(self) -> Iterator[None]:
        """Give back, at the end, a place already taken."""
        try:
            yield
        finally:
            self.leave()
