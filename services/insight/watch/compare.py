"""A population against its baseline: how far it moved, and whether that can be chance.

Drift is what is both: with many searches the least change is no chance, with few the largest may
be. What the chance is computed from holds for searches that do not hang on each other.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

import numpy as np

from services.core.types.populations import Counts, Finding, Population, Signal
from services.insight.watch.chances import of_chi_square, of_normal

CHANCE: Final = 1e-4
"""A look at one signal that has not changed calls it drift less often than this."""
LARGE: Final = 0.2
"""A population stability index from 0.1 on is usually called some change, from 0.25 on a large."""
RISE: Final = 0.05
"""By how much more of the searches must find nothing."""
FEWEST: Final = 200
"""Fewer are not judged, now or before."""
GROUPS: Final = 10


def compare(before: Population, now: Population) -> Iterator[Finding]:
    """Every signal of which enough was seen, before and now."""
    if min(before.embedded, now.embedded) >= FEWEST:
        yield _spread(Signal.VECTORS, now, before.vectors, now.vectors)
    if min(before.scored, now.scored) >= FEWEST:
        yield _spread(Signal.SCORES, now, before.scores[None, :], now.scores[None, :])
    if min(before.searches, now.searches) >= FEWEST:
        yield _empty(before, now)


def _spread(signal: Signal, now: Population, old: Counts, new: Counts) -> Finding:
    """The direction that moved most; that it was chosen among many is paid for in its chance."""
    moved = [_moved(*pair) for pair in zip(old, new, strict=True)]
    size = max(each_size for each_size, _ in moved)
    chance = min(1.0, len(moved) * min(each_chance for _, each_chance in moved))
    return Finding(
        now.of,
        now.kind,
        signal,
        size=size,
        chance=chance,
        drifted=size >= LARGE and chance < CHANCE,
        now=int(new[0].sum()),
        before=int(old[0].sum()),
    )


def _moved(old: Counts, new: Counts) -> tuple[float, float]:
    """Population stability index (never below 0) and chance, over groups that are about as large.

    The groups are made of both together, so that which of the two is larger does not matter. The
    index of two samples of the same is about (groups - 1) (1/n + 1/m), which is taken off
    (Yurdakul 2018); the chance is that of Pearson's test that both are alike.
    """
    groups = _groups(old + new)
    rows = np.array([np.bincount(groups, each) for each in (old, new)])
    rows = rows[:, rows.sum(axis=0) > 0]
    freedom = rows.shape[1] - 1
    if freedom == 0:
        return 0.0, 1.0
    sums = rows.sum(axis=1, keepdims=True)
    expected = rows.sum(axis=0) * sums / sums.sum()
    statistic = float(((rows - expected) ** 2 / expected).sum())
    shares = (rows + 0.5) / (rows + 0.5).sum(axis=1, keepdims=True)
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    noise = freedom * float((1 / sums).sum())
    return max(0.0, index - noise), of_chi_square(statistic, freedom)


def _groups(counts: Counts) -> Counts:
    """Which group each bin belongs to; a bin is never cut, so a full one is a group alone."""
    middle = np.cumsum(counts) - counts / 2
    return np.minimum(middle * GROUPS / max(int(counts.sum()), 1), GROUPS - 1).astype(np.int64)


def _empty(before: Population, now: Population) -> Finding:
    """Whether more searches than before find nothing; that fewer do is nobody's trouble."""
    old, new = before.empty / before.searches, now.empty / now.searches
    both = (before.empty + now.empty) / (before.searches + now.searches)
    error = math.sqrt(both * (1 - both) * (1 / before.searches + 1 / now.searches))
    # Half a search taken off: few empty ones are coarser than the normal curve.
    moved = new - old - 0.5 * (1 / before.searches + 1 / now.searches)
    chance = of_normal(moved / error) if error > 0 else 1.0
    return Finding(
        now.of,
        now.kind,
        Signal.EMPTY,
        size=new - old,
        chance=chance,
        drifted=new - old >= RISE and chance < CHANCE,
        now=now.searches,
        before=before.searches,
    )
