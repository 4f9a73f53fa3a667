"""What a search remembers of dependencies that hung, so that the next does not wait as long."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from services.core.breaker import CircuitBreaker
from services.core.errors import EmbedderDown, IndexDown, Unavailable

FAILURES: Final = 2
PAUSE_S: Final = 3.0
SLOW_S: Final = 0.25
"""Who says at once that it is down costs nothing to ask again, and is met the moment it is back."""


class Guard:
    """Spares callers the wait for a dependency that let others wait in vain.

    After two slow failures in a row it is not asked for three seconds; then one caller tries.
    """

    def __init__(
        self,
        error: type[Unavailable],
        name: str,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._error = error
        self._name = name
        self._now = now
        self._breaker = CircuitBreaker(failures=FAILURES, pause_s=PAUSE_S, now=now)

    @contextmanager
    def trying(self) -> Iterator[None]:
        """Ask it inside. Raises its error instead while it is left alone."""
        if not self._breaker.allows():
            raise self._error(f"{self._name} did not answer in time; it is asked again in a moment")
        began = self._now()
        try:
            yield
        except self._error:
            if self._now() - began >= SLOW_S:
                self._breaker.failed()
            raise
        else:
            self._breaker.succeeded()


@dataclass(frozen=True, slots=True)
class Outages:
    """One guard for each dependency that a search can do without."""

    embedder: Guard = field(default_factory=lambda: Guard(EmbedderDown, "the embedder"))
    vectors: Guard = field(default_factory=lambda: Guard(IndexDown, "the vector index"))
