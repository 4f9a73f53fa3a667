"""Lets ingestion step aside for queries, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock
from typing import Final

PATIENCE_S: Final = 1.0
"""How long a batch of ingestion waits for a pause in the queries before it goes on beside them."""


class PriorityGate:
    """Queries go ahead at once; ingestion does one batch at a time, and none while queries run.

    So a query shares the processor with at most the one batch that was under way when it came, and
    ingestion goes on, slowly, even when there is never a pause.
    """

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._queries = 0
        self._changed = Condition()
        self._ingestion = Lock()

    @contextmanager
    def query(self) -> Iterator[None]:
        """Run a query inside."""
        with self._changed:
            self._queries += 1
        try:
            yield
        finally:
            with self._changed:
                self._queries -= 1
                self._changed.notify_all()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Run one batch of ingestion inside."""
        with self._ingestion:
            self._wait_for_a_pause()
            yield

    def _wait_for_a_pause(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._queries == 0, timeout=self._patience_s)
