"""Join rankings by rank, so that scores from different spaces need not be comparable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

K: Final = 60
"""Softens the lead of the first ranks."""
MAX_K: Final = 1000


def reciprocal_rank(
    rankings: Sequence[Sequence[str]], *, weights: Sequence[float], k: int = K
) -> list[tuple[str, float]]:
    """Return (id, score) of every id that some ranking with a weight above 0 holds, best first.

    An id's score is the sum of weight / (k + rank) over the rankings that hold it, ranks from 1; an
    id repeated within a ranking counts at its best rank. Ties are ordered by id, and the order of
    the rankings does not matter. Raises ValueError unless there is one weight >= 0 per ranking.
    """
    if len(rankings) != len(weights) or any(weight < 0 for weight in weights):
        raise ValueError(f"{len(rankings)} rankings need as many weights >= 0, got {weights}")
    shares: dict[str, list[float]] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        if weight == 0:
            continue
        for rank, id in enumerate(dict.fromkeys(ranking), start=1):
            shares.setdefault(id, []).append(weight / (k + rank))
    # Sorted before the sum: addition of floats depends on its order, the result must not.
    scores = {id: sum(sorted(each)) for id, each in shares.items()}
    return sorted(scores.items(), key=lambda scored: (-scored[1], scored[0]))
