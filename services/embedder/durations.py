"""What the calls of one model took, step by step, and how full its passes were."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from threading import Lock
from typing import Final

WINDOW: Final = 512
"""Calls and passes that the medians look back on."""

Observe = Callable[[str, str, float], None]
"""Takes a model's name, a step and its seconds."""
ObserveBatch = Callable[[str, str, int], None]
"""Takes a model's name, the purpose of a pass and how many contents shared it."""


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds of one call. `wait_s` is the time in queues and behind other passes."""

    wait_s: float
    preprocess_s: float
    forward_s: float
    postprocess_s: float


@dataclass(frozen=True, slots=True)
class ModelStats:
    """One model now. Durations and the size of a batch are medians of the last calls."""

    name: str
    loaded: bool
    memory_bytes: int | None
    waiting_queries: int
    waiting_ingestion: int
    calls: int
    contents: int
    batches: int
    batch_contents: float
    durations: Durations | None


class Record:
    """Keeps the last durations and sizes of one model; safe to use from several threads."""

    def __init__(
        self, name: str, *, observe: Observe | None, observe_batch: ObserveBatch | None = None
    ) -> None:
        self._name = name
        self._observe = observe
        self._observe_batch = observe_batch
        self._lock = Lock()
        self._calls: deque[Durations] = deque(maxlen=WINDOW)
        self._sizes: deque[int] = deque(maxlen=WINDOW)
        self._counts = [0, 0, 0]

    def batch(self, contents: int, *, purpose: str) -> None:
        """Note one pass."""
        with self._lock:
            self._sizes.append(contents)
            self._counts[2] += 1
        if self._observe_batch is not None:
            self._observe_batch(self._name, purpose, contents)

    def call(self, durations: Durations, *, contents: int) -> None:
        """Note one call that was answered."""
        with self._lock:
            self._calls.append(durations)
            self._counts[0] += 1
            self._counts[1] += contents
        if self._observe is not None:
            self._observe(self._name, "wait", durations.wait_s)
            self._observe(self._name, "preprocess", durations.preprocess_s)
            self._observe(self._name, "forward", durations.forward_s)
            self._observe(self._name, "postprocess", durations.postprocess_s)

    def stats(
        self, *, loaded: bool, memory_bytes: int | None, queries: int, ingestion: int
    ) -> ModelStats:
        """The figures so far, beside what the caller knows."""
        with self._lock:
            calls, sizes = list(self._calls), list(self._sizes)
            counts = tuple(self._counts)
        return ModelStats(
            name=self._name,
            loaded=loaded,
            memory_bytes=memory_bytes if loaded else None,
            waiting_queries=queries,
            waiting_ingestion=ingestion,
            calls=counts[0],
            contents=counts[1],
            batches=counts[2],
            batch_contents=median(sizes) if sizes else 0.0,
            durations=_middle(calls) if calls else None,
        )


def _middle(calls: list[Durations]) -> Durations:
    return Durations(
        wait_s=median(each.wait_s for each in calls),
        preprocess_s=median(each.preprocess_s for each in calls),
        forward_s=median(each.forward_s for each in calls),
        postprocess_s=median(each.postprocess_s for each in calls),
    )
