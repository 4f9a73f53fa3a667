"""Made-up populations: vectors of a few topics, their scores, and searches without a hit."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from services.core.types.populations import Of, Population
from services.core.types.vectors import Matrix
from services.insight.watch import sketch

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DIMENSIONS = 64


def vectors(rng: np.random.Generator, number: int, *, topic: int = 0) -> Matrix:
    """Float32 [number, dimensions] around the few centres of a topic, as embeddings lie."""
    made = np.random.default_rng(topic)
    shared = made.standard_normal(DIMENSIONS) * 0.5
    centres = shared + made.standard_normal((8, DIMENSIONS)) * 0.7
    rows = centres[rng.integers(0, 8, number)] + rng.standard_normal((number, DIMENSIONS)) * 0.6
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def population(
    *,
    embedded: Matrix | None = None,
    scores: object = (),
    searches: int = 0,
    empty: int = 0,
) -> Population:
    nothing = np.zeros((0, DIMENSIONS), dtype=np.float32)
    return Population(
        *("shop", Of.QUERIES, "text", "fp/64", NOW, NOW),
        sketch.of_vectors(nothing if embedded is None else embedded),
        sketch.of_scores(scores),  # type: ignore[arg-type]  # any array will do
        searches,
        empty,
    )
