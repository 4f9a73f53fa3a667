"""Searches as they come, counted in memory: `ports.SearchWatcher` for one process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

import numpy as np

from services.core.types.populations import Counts, Of, Population, Searched
from services.core.types.vectors import Vector
from services.insight.watch import sketch

PERIOD: Final = timedelta(hours=1)
"""What is gathered within one is stored together; nothing finer can be told later."""
TOGETHER: Final = 64
"""Vectors that wait to be counted in one go: one alone takes ten times as long."""
KEPT: Final = 500
"""Populations that wait for a database that is away; older ones are forgotten."""

Key = tuple[str, str, str]
"""Index, space and kind."""


@dataclass(slots=True)
class _Tally:
    vectors: Counts = field(default_factory=sketch.no_vectors)
    scores: list[float] = field(default_factory=list)
    waiting: list[Vector] = field(default_factory=list)
    searches: int = 0
    empty: int = 0

    def count(self) -> None:
        """Count the vectors that wait, and let go of them."""
        if self.waiting:
            self.vectors += sketch.of_vectors(np.stack(self.waiting))
            self.waiting = []


class Gathering:
    """Safe from several threads; what is noted is kept until it is taken."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._lock = Lock()
        self._tallies: dict[Key, _Tally] = {}
        self._back: deque[Population] = deque(maxlen=KEPT)

    def searched(self, seen: Searched) -> None:
        """Count it. A lock, a few additions, and every 64th time a product of matrices."""
        key = (seen.index, seen.space, seen.kind)
        with self._lock:
            tally = self._tallies.get(key)
            if tally is None:
                tally = self._tallies[key] = _Tally()
            tally.searches += 1
            tally.empty += seen.empty
            if seen.top_score is not None:
                tally.scores.append(seen.top_score)
            tally.waiting.append(seen.vector)
            if len(tally.waiting) >= TOGETHER:
                tally.count()

    def take(self) -> list[Population]:
        """All that was counted since the last time, and what was put back."""
        with self._lock:
            tallies, self._tallies = self._tallies, {}
            back = list(self._back)
            self._back.clear()
        now = self._clock()
        return [*back, *(_population(key, each, now) for key, each in tallies.items())]

    def put_back(self, populations: Iterable[Population]) -> None:
        """Give back what could not be stored now."""
        with self._lock:
            self._back.extend(populations)


def began(moment: datetime) -> datetime:
    """When the period began that the moment lies in."""
    seconds = PERIOD.total_seconds()
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def _population(key: Key, tally: _Tally, now: datetime) -> Population:
    index, space, kind = key
    tally.count()
    return Population(
        index,
        Of.QUERIES,
        kind,
        space,
        since=began(now),
        until=now,
        vectors=tally.vectors,
        scores=sketch.of_scores(tally.scores),
        searches=tally.searches,
        empty=tally.empty,
    )
