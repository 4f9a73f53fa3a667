"""Remembers for a moment that no key is asked for, so that each request need not look it up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

REMEMBERED_S: Final = 1.0
"""So long after another process made the first key, requests without one still pass here."""


class OpenDoor:
    """Shut at first, and after REMEMBERED_S; whoever finds that there is no key opens it."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until = -1.0

    def is_open(self) -> bool:
        return self._clock() < self._until

    def open(self) -> None:
        """Note that there is no key now."""
        self._until = self._clock() + REMEMBERED_S

    def shut(self) -> None:
        """Note that a key was made."""
        self._until = -1.0
