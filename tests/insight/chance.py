"""Whether a count over simulated runs is one that chance would give."""

from __future__ import annotations

import scipy.stats


def likely(hits: int, *, runs: int, chance: float, confidence: float = 0.9999) -> bool:
    """Whether so many hits of so many runs are within the binomial's two-sided bounds."""
    low, high = scipy.stats.binom.interval(confidence, runs, chance)
    return bool(low <= hits <= high)


def no_more(hits: int, *, runs: int, chance: float, confidence: float = 0.9999) -> bool:
    """Whether so many hits are not more than the binomial's upper bound."""
    return hits <= int(scipy.stats.binom.ppf(confidence, runs, chance))
