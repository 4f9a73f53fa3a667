"""What a search asks of the stages that reorder its first hits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class SignalsSpec:
    """Business signals: places a value of 1 is worth, per signal, and the hard rules."""

    top: int = 50
    weights: Mapping[str, float] = field(default_factory=dict)
    max_places: float = 3.0
    out_of_stock_last: bool = False
    pin: tuple[str, ...] = ()
    bury: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CrossEncoderSpec:
    """A model that reads query and candidate together; `model` None is the deployment's."""

    model: str | None = None
    top: int = 50


@dataclass(frozen=True, slots=True)
class VlmSpec:
    """The vision language model: candidates it sees, share of the order that came in, looks.

    The defaults are those of the table in docs/ordering.md (`python -m benchmarks.rerank`).
    """

    top: int = 9
    blend: float = 0.3
    passes: int = 2
    every_reason: bool = False


@dataclass(frozen=True, slots=True)
class ScorerInfo:
    """What a cross-encoder can read. `max_text_tokens` are of query and candidate together."""

    name: str
    fingerprint: str
    modalities: frozenset[str]
    max_text_tokens: int
    licence: str
    summary: str
    advice: str = ""


StageSpec: TypeAlias = SignalsSpec | CrossEncoderSpec | VlmSpec


@dataclass(frozen=True, slots=True)
class RerankSpec:
    """A cascade: its stages in order, and the time all of them have together."""

    stages: tuple[StageSpec, ...]
    deadline_ms: int = 8000
