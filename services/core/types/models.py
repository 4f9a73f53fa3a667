"""The models of a deployment as they are now: what operators look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ModelKind(StrEnum):
    EMBEDDER = "embedder"
    CROSS_ENCODER = "cross_encoder"


class Source(StrEnum):
    """Who told: this process, which has the models, or what workers wrote on the broker."""

    PROCESS = "process"
    ROSTER = "roster"


@dataclass(frozen=True, slots=True)
class ModelState:
    """One model. None stands for what cannot be told here, an empty mapping for no call so far.

    What it can do is known once it was loaded. `batch_contents` and `steps_ms` are medians of the
    last calls.
    """

    name: str
    kind: ModelKind
    loaded: bool | None = None
    failure: str | None = None
    """Why the last try to load it failed."""
    modalities: frozenset[str] | None = None
    dimensions: tuple[int, ...] | None = None
    memory_bytes: int | None = None
    waiting_queries: int | None = None
    waiting_ingestion: int | None = None
    calls: int | None = None
    contents: int | None = None
    batches: int | None = None
    batch_contents: float | None = None
    steps_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Owner:
    """A worker that has models in its memory, and how they do there."""

    host: str
    pid: int
    models: tuple[ModelState, ...]


@dataclass(frozen=True, slots=True)
class Models:
    """All of them, embedders first, and who told; of a stack also those that have them."""

    source: Source
    models: tuple[ModelState, ...]
    owners: tuple[Owner, ...] = ()
