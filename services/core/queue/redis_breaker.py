"""What keeps a broker that is down from costing every request a timeout."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import redis
from kombu.exceptions import OperationalError

logger: Final = logging.getLogger(__name__)
PAUSE_S: Final = 1.0
"""So long nothing is tried after a failure; then one caller tries, the others still skip."""
BROKER_ERRORS: Final = (redis.RedisError, OperationalError, OSError)


class Breaker:
    """Open after a failure, closed by the first success; says each only once."""

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._guard = threading.Lock()
        self._down = False
        self._again_at = 0.0

    @contextmanager
    def trying(self) -> Iterator[bool]:
        """Yield whether to try; what the broker raises inside is noted and goes no further."""
        if not self._may_try():
            yield False
            return
        try:
            yield True
        except BROKER_ERRORS as error:
            self._failed(error)
        else:
            self._worked()

    def _may_try(self) -> bool:
        with self._guard:
            now = self._clock()
            if self._down and now < self._again_at:
                return False
            if self._down:  # this caller finds out; until it knows, the others skip
                self._again_at = now + PAUSE_S
            return True

    def _failed(self, error: Exception) -> None:
        with self._guard:
            self._again_at = self._clock() + PAUSE_S
            first, self._down = not self._down, True
        if first:
            # Only the kind: an address in the text may come with its password.
            logger.warning("broker.down: %s; what is due is sent later", type(error).__name__)

    def _worked(self) -> None:
        with self._guard:
            was_down, self._down = self._down, False
        if was_down:
            logger.warning("broker.back")
