"""Whose forward pass runs on the device now: queries one at a time, ingestion in their pauses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, Lock
from typing import Final

PATIENCE_S: Final = 1.0
"""How long a batch of ingestion waits for a pause in the queries before it goes on beside them."""


class Turns:
    """One for each device; the models on it share it.

    Queries take turns among themselves, so that those who wait can share the next pass. Ingestion
    runs one pass at a time and begins none while a query runs or waits: a query shares the device
    with at most the one pass that was under way when it came. Ingestion goes on, slowly, even when
    there is never a pause.
    """

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._queries = 0
        self._changed = Condition()
        self._query = Lock()
        self._ingestion = Lock()

    @contextmanager
    def query(self) -> Iterator[None]:
        """Run the pass of some queries inside."""
        with self._changed:
            self._queries += 1
        try:
            with self._query:
                yield
        finally:
            with self._changed:
                self._queries -= 1
                if self._queries == 0:
                    self._changed.notify_all()

    @contextmanager
    def ingestion(self) -> Iterator[None]:
        """Run one pass of ingestion inside."""
        with self._ingestion:
            with self._changed:
                self._changed.wait_for(lambda: self._queries == 0, timeout=self._patience_s)
            yield
