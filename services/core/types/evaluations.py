"""Judged queries, what a search answered to them, and what is measured of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.core.types.configurations import Configuration


@dataclass(frozen=True, slots=True)
class JudgedMedium:
    """A medium of a judged query: its kind (`image`, `audio`, `video`) and its media store key."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """A query with its graded answers; `grades` maps document id to how right it is, above 0.

    `paraphrase_of` names the query of the same set that this one says in other words.
    """

    id: str
    text: str | None = None
    media: tuple[JudgedMedium, ...] = ()
    category: str | None = None
    paraphrase_of: str | None = None
    grades: Mapping[str, int] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """`text`, a medium's kind, or `composed` of several parts."""
        kinds = [*(("text",) if self.text else ()), *(medium.kind for medium in self.media)]
        return kinds[0] if len(kinds) == 1 else "composed"


@dataclass(frozen=True, slots=True)
class QuerySetInfo:
    """A stored query set. `kinds` counts its queries by kind."""

    name: str
    index: str
    description: str
    kinds: Mapping[str, int]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """What one configuration answered to one query.

    `documents` in their final order, `scores` beside them (None where there is none) and `matched`,
    the modality of the view that each was found by (empty where that is not known);
    `first_stage` holds the ids that the reranking began with, in their order then.
    """

    query_id: str
    documents: tuple[str, ...]
    scores: tuple[float | None, ...]
    first_stage: tuple[str, ...]
    took_ms: float
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    degraded: bool = False
    matched: tuple[str | None, ...] = ()


class EvaluationState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def finished(self) -> bool:
        """Whether it stays so."""
        return self not in (EvaluationState.QUEUED, EvaluationState.RUNNING)


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What is to be measured: configurations as they were then, the control first.

    `depth` documents are asked for each query. `tune_hybrid` tries several shares of the words'
    ranking, `recall` several `ef` of HNSW against exact search, `sizes` the embedder's shorter
    vectors. `price_per_hour` is the machine's, in whatever currency.
    """

    query_set: str
    index: str
    configurations: tuple[Configuration, ...]
    depth: int = 50
    tune_hybrid: bool = False
    recall: bool = False
    sizes: bool = False
    price_per_hour: float | None = None


@dataclass(frozen=True, slots=True)
class EvaluationError:
    """Why an evaluation failed: a stable code and a sentence."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """An accepted evaluation; `done` of `total` steps (searches, mostly) are measured."""

    id: str
    state: EvaluationState
    request: EvaluationRequest
    done: int
    total: int
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    error: EvaluationError | None = None
