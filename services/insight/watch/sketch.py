"""Counts in place of vectors and scores: what can be added up and compared, and not undone.

A vector is only kept as its place along a few directions, coarsely, among all the others.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.types.populations import Counts
from services.core.types.vectors import Matrix

DIRECTIONS: Final = 32
VECTOR_BINS: Final = 128
REACH: Final = 4.0
"""A unit vector's place along a direction, times the root of its dimensions, hardly goes beyond."""
SCORE_BINS: Final = 200
"""Of similarities from -1 to 1: each is 0.01 wide."""


@lru_cache(maxsize=16)
def directions(dimensions: int) -> NDArray[np.float32]:
    """float32 [dimensions, directions] of -1 and 1: the same in every process and for ever.

    Random signs keep distances as random directions do (Achlioptas 2003); a hash makes them, since
    no library promises the numbers of its random generators to later versions of itself.
    """
    wanted = dimensions * DIRECTIONS
    seed = f"margay watch {dimensions}".encode()
    raw = hashlib.shake_256(seed).digest(math.ceil(wanted / 8))
    bits = np.unpackbits(np.frombuffer(raw, dtype=np.uint8))[:wanted]
    return (bits.astype(np.float32) * 2 - 1).reshape(dimensions, DIRECTIONS)


def no_vectors() -> Counts:
    return np.zeros((DIRECTIONS, VECTOR_BINS), dtype=np.int64)


def no_scores() -> Counts:
    return np.zeros(SCORE_BINS, dtype=np.int64)


def of_vectors(vectors: Matrix) -> Counts:
    """int64 [directions, bins]: how many of the unit vectors [n, dimensions] fall where."""
    if len(vectors) == 0:
        return no_vectors()
    places = vectors @ directions(vectors.shape[1])
    bins = np.floor((places + REACH) * (VECTOR_BINS / (2 * REACH))).astype(np.int64)
    np.clip(bins, 0, VECTOR_BINS - 1, out=bins)
    flat = bins + np.arange(DIRECTIONS) * VECTOR_BINS
    counts = np.bincount(flat.ravel(), minlength=DIRECTIONS * VECTOR_BINS)
    return counts.reshape(DIRECTIONS, VECTOR_BINS).astype(np.int64)


def of_scores(scores: Sequence[float]) -> Counts:
    """int64 [bins]: how many cosine similarities fall where."""
    bins = np.floor((np.asarray(scores, dtype=np.float64) + 1) * (SCORE_BINS / 2)).astype(np.int64)
    return np.bincount(np.clip(bins, 0, SCORE_BINS - 1), minlength=SCORE_BINS).astype(np.int64)
