"""What one process answered in the last minutes, in slices of a few seconds, kept in memory."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

STEP_S: Final = 5
KEPT_S: Final = 600
MAX_TIMES: Final = 2_000
"""Durations of searches that one slice remembers: 400 a second; further ones are only counted."""
SHARES: Final = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Moment:
    """One slice, from `at` (seconds since 1970) on.

    `latency_s` are the 50th, 95th and 99th percentile of its searches, None without any. `queues`
    is what waited in each when somebody looked, empty when nobody did.
    """

    at: float
    requests: int
    errors: int
    searches: int
    latency_s: tuple[float, ...] | None
    queues: Mapping[str, int]


@dataclass(slots=True)
class _Slice:
    number: int
    requests: int = 0
    errors: int = 0
    searches: int = 0
    times_s: list[float] = field(default_factory=list)
    queues: dict[str, int] = field(default_factory=dict)


class Recent:
    """Safe from several threads; noting a request costs a microsecond or two."""

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = Lock()
        self._slices: deque[_Slice] = deque(maxlen=KEPT_S // STEP_S)

    def note_request(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request; a status of 500 or more is an error."""
        with self._lock:
            now = self._now()
            now.requests += 1
            now.errors += status >= 500
            if route.endswith(("/search", "/similar")) and 200 <= status < 300:
                now.searches += 1
                if len(now.times_s) < MAX_TIMES:
                    now.times_s.append(seconds)

    def note_queues(self, waiting: Mapping[str, int]) -> None:
        """Remember how much waits in each queue now."""
        with self._lock:
            self._now().queues = dict(waiting)

    def moments(self, *, last_s: float = KEPT_S) -> list[Moment]:
        """Every slice of the last seconds, the oldest first, those in which nothing came too.

        The last one is still going on. They begin no earlier than this process noted anything.
        """
        with self._lock:
            latest = self._now().number
            held = {each.number: each for each in self._slices}
            first = max(self._slices[0].number, latest - max(1, math.ceil(last_s / STEP_S)) + 1)
            return [
                _moment(held.get(number) or _Slice(number)) for number in range(first, latest + 1)
            ]

    def latency_s(self, *, last_s: float = KEPT_S) -> tuple[float, ...] | None:
        """The percentiles of all searches of the last seconds; None without any."""
        with self._lock:
            first = self._now().number - math.ceil(last_s / STEP_S)
            return percentiles(
                [took for each in self._slices if each.number > first for took in each.times_s]
            )

    def _now(self) -> _Slice:
        number = int(self._clock() // STEP_S)
        # A clock that is set back goes on with the slice that there is.
        if not self._slices or number > self._slices[-1].number:
            while self._slices and self._slices[0].number <= number - KEPT_S // STEP_S:
                self._slices.popleft()
            self._slices.append(_Slice(number))
        return self._slices[-1]


def percentiles(times_s: Sequence[float]) -> tuple[float, ...] | None:
    """The smallest durations that 50, 95 and 99 % do not exceed; None of nothing."""
    if not times_s:
        return None
    ordered = sorted(times_s)
    return tuple(ordered[math.ceil(share * len(ordered)) - 1] for share in SHARES)


def _moment(held: _Slice) -> Moment:
    return Moment(
        at=float(held.number * STEP_S),
        requests=held.requests,
        errors=held.errors,
        searches=held.searches,
        latency_s=percentiles(held.times_s),
        queues=dict(held.queues),
    )
