"""Arithmetic on unit vectors: normalise, truncate, fuse and check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.errors import InputError
from services.core.types.vectors import Matrix, Vector

UNIT_TOLERANCE: Final = 1e-3
"""How far the length of a unit vector may be from 1: half-precision models stay within it."""
VANISHED: Final = 1e-4
"""A fused vector shorter than this, relative to its weights, is noise and has no direction."""


def normalise(matrix: NDArray[np.floating]) -> Matrix:
    """Scale to length 1 along the last axis: float [d] or [n, d] to float32 of the same shape.

    Raises ValueError for a vector that is zero or not finite.
    """
    values = np.asarray(matrix, dtype=np.float64)
    if not np.isfinite(values).all():
        raise ValueError("a vector is not finite")
    # Scaling by the largest component first keeps tiny and huge vectors from under- or overflow.
    peaks = np.abs(values).max(axis=-1, keepdims=True, initial=0.0)
    if not peaks.all():
        raise ValueError("a vector is zero: it has no direction")
    values = values / peaks
    lengths = np.sqrt(np.square(values).sum(axis=-1, keepdims=True))
    unit: Matrix = (values / lengths).astype(np.float32)
    return unit


def truncate(matrix: Matrix, dimensions: int) -> Matrix:
    """Keep the first `dimensions` of Matryoshka vectors ([d] or [n, d]) and normalise again.

    Raises ValueError when there are fewer.
    """
    size = matrix.shape[-1]
    if not 1 <= dimensions <= size:
        raise ValueError(f"cannot truncate {size} dimensions to {dimensions}")
    return matrix if dimensions == size else normalise(matrix[..., :dimensions])


def fuse(vectors: Sequence[Vector], weights: Sequence[float], *, field: str = "query") -> Vector:
    """The unit vector of the weighted sum of unit vectors; a negative weight steers away.

    Raises InputError naming `field` when the parts cancel out, ValueError when there are none or
    their number is not that of the weights.
    """
    if not vectors or len(vectors) != len(weights):
        raise ValueError(f"{len(vectors)} vectors cannot be fused with {len(weights)} weights")
    factors = np.asarray(weights, dtype=np.float64)
    largest = float(np.abs(factors).max())
    if not np.isfinite(largest) or largest == 0.0:
        raise InputError.at(field, "needs finite weights, at least one of them not zero")
    factors = factors / largest
    total = factors @ np.stack([np.asarray(vector, dtype=np.float64) for vector in vectors])
    if float(np.linalg.norm(total)) < VANISHED:
        raise InputError.at(field, "has parts that cancel each other out; change their weights")
    return normalise(total)


def check_unit(matrix: NDArray[np.floating], *, dimensions: int) -> None:
    """Raise ValueError unless [d] or [n, d] is finite, of this size and of unit length."""
    if matrix.shape[-1:] != (dimensions,):
        raise ValueError(f"vectors of shape {matrix.shape} are not of {dimensions} dimensions")
    if not np.isfinite(matrix).all():
        raise ValueError("a vector is not finite")
    lengths = np.linalg.norm(np.asarray(matrix, dtype=np.float64), axis=-1)
    if np.abs(lengths - 1.0).max(initial=0.0) > UNIT_TOLERANCE:
        raise ValueError("a vector is not of unit length")
