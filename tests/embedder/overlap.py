"""A cross-encoder without a network: what both sides share counts, and a test can hold its pass."""

from collections.abc import Sequence
from threading import Event, Semaphore

import numpy as np

from models import scoring
from models.base import Content, Modality, OutOfMemory, UnreadableMedia
from models.scoring import ScorerDescription, Scores

WAIT_S = 20.0
DAMAGED = b"damaged"


class Overlap:
    """Scores the words that both sides share, less one; the same picture is worth three words."""

    def __init__(self, *, sees: bool = False, room: int = 1000, fingerprint: str = "0v") -> None:
        self.sees = sees
        self.room = room
        self.fingerprint = fingerprint
        self.passes: list[int] = []
        self.entered = Semaphore(0)
        self.closed = False
        self._free = Event()
        self._free.set()

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        self._free.set()

    def describe(self) -> ScorerDescription:
        kinds = scoring.READABLE if self.sees else frozenset({Modality.TEXT})
        return ScorerDescription(
            name="overlap",
            fingerprint=self.fingerprint,
            modalities=kinds,
            max_text_tokens=512,
            licence="MIT",
            summary="Counts what is shared.",
        )

    def weigh(self, query: Content, candidate: Content) -> int:
        words = (query.text or "").split() + (candidate.text or "").split()
        return 1 + len(words) + 10 * (candidate.image is not None)

    def preprocess(self, query: Content, candidates: Sequence[Content]) -> Scores:
        for each in (query, *candidates):
            if each.image == DAMAGED:
                raise UnreadableMedia("truncated", "the picture is damaged")
        return np.array([self._shared(query, each) for each in candidates], dtype=np.float32)

    def forward(self, prepared: Scores) -> Scores:
        self.entered.release()
        assert self._free.wait(WAIT_S)
        self.passes.append(len(prepared))
        if len(prepared) > self.room:
            raise OutOfMemory("no room")
        return prepared

    def score(self, query: Content, candidates: Sequence[Content]) -> Scores:
        return self.forward(self.preprocess(query, candidates))

    def close(self) -> None:
        self.closed = True

    @staticmethod
    def _shared(query: Content, candidate: Content) -> float:
        if candidate.text == "nan":
            return float("nan")
        words = set((query.text or "").lower().split()) & set(
            (candidate.text or "").lower().split()
        )
        same = query.image is not None and query.image == candidate.image
        return len(words) + 3.0 * same - 1.0
