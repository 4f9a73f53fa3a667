"""One call of a cross-encoder: its candidates in batches, each through a pass in its turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from models import base
from models.scoring import Scorer
from services.core.errors import RerankerDown, RerankerTimeout
from services.embedder.lane import Limit
from services.embedder.turns import Turns

Places = Sequence[int]


@dataclass(slots=True)
class ScorerCall:
    """A query, its candidates, and the scores that are there already."""

    query: base.Content
    candidates: Sequence[base.Content]
    deadline: float = inf
    """Monotonic time after which nobody waits any more."""
    scores: NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        self.scores = np.full(len(self.candidates), np.nan, dtype=np.float32)


class ScorerPasses:
    """The passes of one model; safe to use from several threads.

    Each pass takes its turn on the device like a query of an embedder, so that neither holds the
    other up for longer than a pass. A batch that the device has no room for is halved, once, and
    later ones are no larger.
    """

    def __init__(
        self, name: str, *, limit: Limit, turns: Turns, clock: Callable[[], float]
    ) -> None:
        self._name = name
        self._limit = limit
        self._turns = turns
        self._clock = clock
        self._lock = Lock()

    def run(self, model: Scorer, call: ScorerCall) -> None:
        """Fill the call's scores. Raises RerankerTimeout, and what the model raises."""
        weights = [model.weigh(call.query, each) for each in call.candidates]
        # Longest first: like lengths need little padding.
        waiting = sorted(range(len(weights)), key=lambda place: -weights[place])
        while waiting:
            count = self._fitting(weights[waiting[0]], len(waiting))
            places, waiting = waiting[:count], waiting[count:]
            self._run(model, call, places, weights)

    def _fitting(self, heaviest: int, most: int) -> int:
        with self._lock:
            limit = self._limit
        count = min(most, limit.contents, max(1, limit.tokens // heaviest))
        return max(1, count)

    def _run(self, model: Scorer, call: ScorerCall, places: Places, weights: Sequence[int]) -> None:
        try:
            self._pass(model, call, places)
        except base.OutOfMemory:
            if len(places) == 1:
                raise
        else:
            return
        # Outside the handler: its traceback held the tensors that filled the device.
        half = (len(places) + 1) // 2
        self._lower(half, half * max(weights[place] for place in places))
        self._pass(model, call, places[:half])
        self._pass(model, call, places[half:])

    def _pass(self, model: Scorer, call: ScorerCall, places: Places) -> None:
        self._check_time(call)
        prepared = model.preprocess(call.query, [call.candidates[place] for place in places])
        with self._turns.query():
            self._check_time(call)
            scores = model.forward(prepared)
        if scores.shape != (len(places),) or not np.isfinite(scores).all():
            raise RerankerDown(f"cross-encoder {self._name!r} gave a score that is no number")
        call.scores[list(places)] = scores

    def _check_time(self, call: ScorerCall) -> None:
        if self._clock() >= call.deadline:
            raise RerankerTimeout(f"cross-encoder {self._name!r} did not answer in time")

    def _lower(self, contents: int, tokens: int) -> None:
        with self._lock:
            self._limit = Limit(
                min(self._limit.contents, contents), min(self._limit.tokens, tokens)
            )
