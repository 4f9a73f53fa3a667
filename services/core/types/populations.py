"""What many searches, or many documents, are like together: counts only, nobody's own vector."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.core.types.vectors import Vector

Counts: TypeAlias = NDArray[np.int64]


class Of(StrEnum):
    """Whose population it is."""

    QUERIES = "queries"
    DOCUMENTS = "documents"


@dataclass(frozen=True, slots=True)
class Searched:
    """What the first page of an answered search shows of itself.

    `kind` is what was searched with: text, image, audio, video, document, or composed of several.
    `top_score` (cosine similarity) is the first hit's, None where there is none. Vectors of one
    `space` can be compared: they are of one embedder and have as many dimensions.
    """

    index: str
    space: str
    kind: str
    vector: Vector
    top_score: float | None
    empty: bool


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Of an index's searches of one kind, or of its views of one modality, in a stretch of time.

    `vectors` int64 [directions, bins]: how many vectors fall where along each of some directions
    that are fixed for a number of dimensions; `scores` int64 [bins]: how many searches have which
    best similarity; `searches` counts all of them and `empty` those without a hit.
    """

    index: str
    of: Of
    kind: str
    space: str
    since: datetime
    until: datetime
    vectors: Counts
    scores: Counts
    searches: int = 0
    empty: int = 0

    @property
    def embedded(self) -> int:
        """How many vectors."""
        return int(self.vectors[0].sum())

    @property
    def scored(self) -> int:
        """How many scores."""
        return int(self.scores.sum())

    def plus(self, other: Population) -> Population:
        """Both together; their index, kind and space must be the same."""
        return replace(
            self,
            since=min(self.since, other.since),
            until=max(self.until, other.until),
            vectors=self.vectors + other.vectors,
            scores=self.scores + other.scores,
            searches=self.searches + other.searches,
            empty=self.empty + other.empty,
        )


class Signal(StrEnum):
    """What of a population is compared."""

    VECTORS = "vectors"
    SCORES = "scores"
    EMPTY = "empty"
    """The share of searches without a hit."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal of one population, held against its baseline.

    `size` is how far it moved: the population stability index, free of what chance adds to it, or
    for `empty` by how much the share rose. `chance` is the chance of so much where nothing has
    changed. `drifted` if it is both large and no chance. `now` and `before` count what was seen.
    """

    of: Of
    kind: str
    signal: Signal
    size: float
    chance: float
    drifted: bool
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class DriftReport:
    """All findings of an index, when last looked; `baseline_at` None while there is no baseline.

    `empty` is the share of searches without a hit, by kind: of all that were gathered lately.
    """

    index: str
    at: datetime
    baseline_at: datetime | None
    findings: tuple[Finding, ...]
    empty: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QualityProbe:
    """What an index answered to judged queries when it was last asked them.

    `measures` are means over the queries: recall@10 and ndcg@10 (0 to 1), latency_p50_s and
    latency_p95_s (seconds).
    """

    index: str
    query_set: str
    measures: dict[str, float]
    queries: int
    took_s: float
    at: datetime
