"""The nouns of what a size or a setting of an index costs and brings."""

from __future__ import annotations

from dataclasses import dataclass

from services.insight.evaluation.estimate import Estimate


@dataclass(frozen=True, slots=True)
class SizePoint:
    """A Matryoshka size: the bytes of a vector, the quality by the main measure, the latency.

    `configuration` says what was measured, `kind` the queries (`all` or a kind of query);
    milliseconds are None where only the ranking was measured.
    """

    configuration: str
    kind: str
    dimensions: int
    bytes_per_vector: int
    quality: Estimate
    p50_ms: float | None = None
    p95_ms: float | None = None


@dataclass(frozen=True, slots=True)
class RecallPoint:
    """An `ef` of HNSW: the share of the exact nearest `k` that it finds, and the milliseconds."""

    index: str
    ef: int
    k: int
    recall: Estimate
    p50_ms: float | None = None
    p95_ms: float | None = None
