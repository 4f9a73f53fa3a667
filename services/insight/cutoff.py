"""The similarity that best tells answers from other documents: a `min_score` to begin with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

DEPTH: Final = 200
"""Documents of each query looked at; a cut below the two hundredth would keep too many anyway."""


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A cut, and what it does: the share of hits that are answers, and of answers that are hits."""

    min_score: float
    precision: float
    recall: float


def suggest(
    scored: Mapping[str, Sequence[tuple[str, float]]], grades: Mapping[str, Mapping[str, int]]
) -> Cutoff | None:
    """The cut with the best F1 over all queries together; of equal ones the highest.

    `scored` holds the nearest documents of each query with their similarities, in any order; every
    document with a grade is an answer. The cut is rounded down to thousandths, so that what it was
    measured on passes it. None without any answer among what was scored.
    """
    pairs = sorted(_pairs(scored, grades), reverse=True)
    answers = sum(len(grades.get(query_id, {})) for query_id in scored)
    if not any(right for _, right in pairs):
        return None
    scores = np.array([score for score, _ in pairs])
    found = np.cumsum([right for _, right in pairs])
    kept = np.arange(1, len(pairs) + 1)
    # Equal scores pass or fail together: only the last of them is a place to cut.
    f1 = np.where(np.append(scores[:-1] > scores[1:], True), 2 * found / (kept + answers), -1.0)
    best = int(np.argmax(f1))
    return Cutoff(
        min_score=float(np.floor(scores[best] * 1000) / 1000),
        precision=float(found[best] / kept[best]),
        recall=float(found[best] / answers),
    )


def _pairs(
    scored: Mapping[str, Sequence[tuple[str, float]]], grades: Mapping[str, Mapping[str, int]]
) -> Iterable[tuple[float, bool]]:
    for query_id, documents in scored.items():
        right = grades.get(query_id, {})
        yield from ((score, name in right) for name, score in documents)
