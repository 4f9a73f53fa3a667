"""A mean of a sample, and how far off it may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEVEL: Final = 0.95
"""Of every interval: how often its like holds the mean of all queries there could be."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `queries` queries, with the interval `low`..`high` of a bootstrap."""

    mean: float
    low: float
    high: float
    queries: int
