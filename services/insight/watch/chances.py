"""The chance of a test statistic where nothing has changed, without a library for it.

Closed forms (Abramowitz and Stegun 26.4.4 and 26.4.5): scipy would weigh more than what serves.
"""

from __future__ import annotations

import math


def of_chi_square(statistic: float, freedom: int) -> float:
    """The chance that a chi-square variable of so many degrees of freedom (> 0) is as large."""
    if statistic <= 0:
        return 1.0
    half = statistic / 2
    # Summed as logarithms: a statistic of thousands is a chance of 0, not an overflow.
    even = freedom % 2 == 0
    total = 0.0 if even else math.erfc(math.sqrt(half))
    for step in range(freedom // 2):
        power = step if even else step + 0.5
        total += math.exp(power * math.log(half) - half - math.lgamma(power + 1))
    return min(1.0, total)


def of_normal(statistic: float) -> float:
    """The chance that a standard normal variable is as large."""
    return math.erfc(statistic / math.sqrt(2)) / 2
