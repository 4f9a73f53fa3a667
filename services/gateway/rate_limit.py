"""A token bucket per caller: a minute's allowance may be spent at once and refills steadily."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from services.core.errors import RateLimited

_CALLERS_KEPT: Final = 10_000


class TooManyRequests(RateLimited):
    """Carries how long to wait, for the Retry-After header."""

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class RateLimiter:
    """Remembers the callers seen last; one forgotten starts with a full bucket."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = per_minute
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def spend(self, caller: str) -> None:
        """Take one token of `caller`. Raises TooManyRequests when there is none."""
        if self._capacity == 0:
            return
        now = self._clock()
        with self._lock:
            tokens, then = self._buckets.pop(caller, (float(self._capacity), now))
            tokens = min(self._capacity, tokens + (now - then) * self._capacity / 60)
            allowed = tokens >= 1
            self._buckets[caller] = (tokens - 1 if allowed else tokens, now)
            if len(self._buckets) > _CALLERS_KEPT:
                self._buckets.popitem(last=False)
        if not allowed:
            wait_s = math.ceil((1 - tokens) * 60 / self._capacity)
            raise TooManyRequests(
                f"more than {self._capacity} requests a minute; try again in {wait_s} s",
                retry_after_s=wait_s,
            )
