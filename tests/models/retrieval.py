"""Retrieval measures, written plainly and apart from the training's own."""

from collections.abc import Mapping, Sequence
from math import log2


def hit_rate(ranked: Sequence[Sequence[str]], right: Sequence[str], *, at: int) -> float:
    """How often the one right answer is among the first `at`."""
    hits = [answer in order[:at] for order, answer in zip(ranked, right, strict=True)]
    return sum(hits) / len(hits)


def recall(order: Sequence[str], relevant: Mapping[str, int], *, at: int) -> float:
    """Relevant answers among the first `at`, of as many as could stand there."""
    found = sum(relevant.get(answer, 0) > 0 for answer in order[:at])
    return found / min(at, sum(grade > 0 for grade in relevant.values()))


def ndcg(order: Sequence[str], relevant: Mapping[str, int], *, at: int) -> float:
    """Discounted gain of the first `at` over the best possible, with gain 2^grade - 1."""

    def gain(grades: Sequence[int]) -> float:
        return sum((2**grade - 1) / log2(place + 2) for place, grade in enumerate(grades[:at]))

    best = gain(sorted(relevant.values(), reverse=True))
    return gain([relevant.get(answer, 0) for answer in order]) / best
