"""How long each stage of a search took."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

STAGES: Final = ("media", "embed", "retrieve", "hydrate", "rerank")
"""Those of every search; others are told of only where they were asked for."""


class StageClock:
    """Adds up the time spent in each stage; the total runs from when it was made."""

    def __init__(self) -> None:
        self._begun = time.perf_counter()
        self._spent_s = dict.fromkeys(STAGES, 0.0)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the block towards a stage."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._spent_s[name] = self._spent_s.get(name, 0.0) + time.perf_counter() - begun

    def timings_ms(self) -> dict[str, float]:
        """Milliseconds per stage, and `total`."""
        spent_s = self._spent_s | {"total": time.perf_counter() - self._begun}
        return {name: round(seconds * 1000, 3) for name, seconds in spent_s.items()}
