"""How sure a mean or a difference of means is: bootstrap, randomisation test, Holm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.insight import libraries
from services.insight.evaluation.estimate import LEVEL, Estimate

Floats = NDArray[np.float64]
ALPHA: Final = 0.05
POWER: Final = 0.8
RESAMPLES: Final = 2000
SHUFFLES: Final = 9999
EXACT: Final = 13
"""Up to so many units every one of the 2^n ways is tried, which are fewer than the shuffles."""
BLOCK: Final = 4_000_000
"""Numbers drawn at once: 32 MB."""


@dataclass(frozen=True, slots=True)
class Units:
    """What was drawn independently: `of` gives each query its unit, 0 to `count` - 1.

    Rewordings of one wish are one unit: their answers rise and fall together.
    """

    of: NDArray[np.intp]
    count: int

    @classmethod
    def named(cls, owners: Sequence[str]) -> Units:
        """Queries with the same owner are one unit."""
        unique, of = np.unique(np.asarray(owners, dtype=object), return_inverse=True)
        return cls(of=of.astype(np.intp), count=len(unique))

    def some(self, rows: NDArray[np.intp]) -> Units:
        """The units of these queries alone."""
        unique, of = np.unique(self.of[rows], return_inverse=True)
        return Units(of=of.astype(np.intp), count=len(unique))

    def sums(self, values: Floats) -> Floats:
        """`[queries, columns]` to `[units, columns]`."""
        total = np.zeros((self.count, values.shape[1]))
        np.add.at(total, self.of, values)
        return total


def estimates(
    values: Floats, units: Units, *, seed: int, resamples: int = RESAMPLES
) -> list[Estimate]:
    """The mean of each column of `[queries, columns]` with its percentile bootstrap interval."""
    low, high = interval(drawn_means(values, units, seed=seed, resamples=resamples))
    return [
        Estimate(float(mean), float(least), float(most), len(values))
        for mean, least, most in zip(values.mean(axis=0), low, high, strict=True)
    ]


def drawn_means(values: Floats, units: Units, *, seed: int, resamples: int = RESAMPLES) -> Floats:
    """The means `[resamples, columns]` of samples drawn with replacement from `[queries, columns]`.

    Whole units are drawn (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13).
    """
    sums, sizes = units.sums(values), np.bincount(units.of, minlength=units.count)
    generator = np.random.default_rng(seed)
    means = np.empty((resamples, values.shape[1]))
    step = max(1, BLOCK // units.count)
    for begin in range(0, resamples, step):
        drawn = _draw(generator, units.count, min(step, resamples - begin))
        means[begin : begin + step] = (drawn @ sums) / (drawn @ sizes)[:, None]
    return means


def interval(means: Floats) -> tuple[Floats, Floats]:
    """The edges `[columns]` that hold 95 % of the drawn means."""
    edge = (1 - LEVEL) / 2
    low, high = np.asarray(np.quantile(means, [edge, 1 - edge], axis=0), dtype=np.float64)
    return low, high


def estimate(values: Floats, units: Units, *, seed: int) -> Estimate:
    """The mean of `[queries]` with its interval."""
    return estimates(values[:, None], units, seed=seed)[0]


def p_values(differences: Floats, units: Units, *, seed: int, shuffles: int = SHUFFLES) -> Floats:
    """Two-sided, of paired differences `[queries, columns]`: Fisher's randomisation test.

    Were the two alike, each unit's difference could as well have the other sign; the p-value is how
    often signs drawn at random bring a mean as far from 0 (Smucker, Allan and Carterette, 2007). Of
    13 units and fewer all signs are tried; of more, 9,999 draws and what was seen.
    """
    sums = units.sums(differences)
    seen = np.abs(sums.sum(axis=0))
    # Sums in another order differ in the last digits; a tie is as extreme as what was seen.
    bar = seen - 1e-9 * (1 + seen)
    if units.count <= EXACT:
        signs = _every_sign(units.count)
        return np.asarray((np.abs(signs @ sums) >= bar).mean(axis=0), dtype=np.float64)
    generator = np.random.default_rng(seed)
    extreme: Floats = np.ones(differences.shape[1])
    step = max(1, BLOCK // units.count)
    for begin in range(0, shuffles, step):
        size = (min(step, shuffles - begin), units.count)
        flips = generator.integers(0, 2, size=size, dtype=np.int8) * 2.0 - 1.0
        extreme += (np.abs(flips @ sums) >= bar).sum(axis=0)
    return np.asarray(extreme / (shuffles + 1), dtype=np.float64)


def holm(values: Floats) -> Floats:
    """The p-values of a family `[tests]`, adjusted by Holm's step-down (1979), in their order."""
    order = np.argsort(values, kind="stable")
    left = np.arange(len(values), 0, -1)
    adjusted = np.empty(len(values))
    # What a smaller p-value is raised to, a larger one is raised to as well.
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(values[order] * left))
    return adjusted


def detectable(differences: Floats, units: Units) -> float:
    """The mean difference that a test of these many queries finds four times in five.

    By the normal approximation: 2.8 standard errors of the mean of `[queries]` paired differences.
    """
    if units.count < 2:
        return 1.0
    sums = units.sums((differences - differences.mean())[:, None])[:, 0]
    spread = sums.std(ddof=1) * np.sqrt(units.count) / len(differences)
    normal = libraries.distributions().norm
    return float((normal.ppf(1 - ALPHA / 2) + normal.ppf(POWER)) * spread)


def _draw(generator: np.random.Generator, count: int, samples: int) -> Floats:
    """How often each of `count` units is in each of `samples` samples of as many."""
    chosen = generator.integers(0, count, size=(samples, count))
    # One count over all samples, each with numbers of its own, is ten times as fast as one each.
    chosen += np.arange(samples)[:, None] * count
    counted = np.bincount(chosen.ravel(), minlength=samples * count)
    return counted.reshape(samples, count).astype(np.float64)


def _every_sign(count: int) -> Floats:
    numbers = np.arange(2**count)[:, None] >> np.arange(count)
    return np.where(numbers & 1, 1.0, -1.0)
