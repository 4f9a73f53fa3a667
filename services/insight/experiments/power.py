"""How many clients or queries an experiment needs, before it starts.

Plain arithmetic on normal quantiles, so that a gateway without scipy can answer; the tests compare
it with statsmodels. A/B: the two-proportion test with the client as the unit, two-sided (Fleiss,
Levin and Paik, "Statistical Methods for Rates and Proportions", 3rd edition, section 4.2, without
continuity correction). Always valid: so many that the confidence sequence of `sequential` excludes
zero at the last look with the power asked for; it usually does earlier, so this is an upper bound.
Interleaving: the sign test over decided queries.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from services.core.errors import InputError
from services.core.types.experiments import Analysis
from services.insight.experiments.sequential import radius

MOST: Final = 10**10
"""More units than anybody has; an experiment that needs them is refused."""


@dataclass(frozen=True, slots=True)
class SampleSize:
    """What to wait for. `unit` is clients (A/B) or queries (interleaving).

    `per_variant` is of the smallest variant: the experiment is complete when every variant has so
    many. `total` is of all variants together. `alpha` is of the whole experiment; of several
    comparisons with control each gets an equal part of it (Bonferroni).
    """

    unit: str
    per_variant: int
    total: int
    expected: float
    """The figure to be found: control's rate times (1 + lift), or the share of queries won."""
    alpha: float
    power: float


def clients_needed(
    baseline: float,
    *,
    min_lift: float,
    alpha: float = 0.05,
    power: float = 0.8,
    shares: Sequence[float] = (0.5, 0.5),
    analysis: Analysis = Analysis.FIXED,
) -> SampleSize:
    """Clients until a relative lift of `min_lift` over `baseline` is found with `power`.

    `baseline` is the share of control's clients that reach the goal, above 0 and below 1; `shares`
    are the variants' parts of the traffic, control's first. Raises InputError naming what is wrong.
    """
    expected = _expected(baseline, min_lift)
    _check_risks(alpha, power)
    _check_shares(shares)
    smallest = min(shares[1:])
    each_alpha = alpha / (len(shares) - 1)

    def finds(total: float) -> bool:
        control, treatment = total * shares[0], total * smallest
        if analysis is Analysis.ALWAYS_VALID:
            return _sequence_finds(baseline, expected, (control, treatment), each_alpha, power)
        return _test_finds(baseline, expected, (control, treatment), each_alpha, power)

    total = _least(finds)
    per_variant = math.ceil(total * min(shares))
    return SampleSize(
        unit="clients",
        per_variant=per_variant,
        total=math.ceil(per_variant / min(shares)),
        expected=expected,
        alpha=alpha,
        power=power,
    )


def queries_needed(
    *,
    min_lift: float,
    decided: float = 1.0,
    alpha: float = 0.05,
    power: float = 0.8,
    analysis: Analysis = Analysis.FIXED,
) -> SampleSize:
    """Interleaved queries until a ranking is found that wins (1 + `min_lift`) times as often.

    `decided` is the share of queries with more clicks on one side than on the other, above 0. One
    client's queries are taken to be independent: where they are not, more are needed, and the
    analysis says so. Raises InputError naming what is wrong.
    """
    _check_risks(alpha, power)
    if not 0 < decided <= 1:
        raise InputError.at("decided", "a share above 0, of at most 1")
    if min_lift <= -1 or min_lift == 0:
        raise InputError.at("min_lift", "above -1, and not 0")
    won = (1 + min_lift) / (2 + min_lift)
    z_power = NormalDist().inv_cdf(power)

    def finds(queries: float) -> bool:
        if analysis is Analysis.ALWAYS_VALID:
            variance = 1 / (queries * won) + 1 / (queries * (1 - won))
            needed = radius(variance, mixture=abs(math.log1p(min_lift)), alpha=alpha)
            return needed + z_power * math.sqrt(variance) <= abs(math.log1p(min_lift))
        z_alpha = NormalDist().inv_cdf(1 - alpha / 2)
        needed = z_alpha * 0.5 + z_power * math.sqrt(won * (1 - won))
        return needed <= abs(won - 0.5) * math.sqrt(queries)

    queries = math.ceil(_least(finds) / decided)
    return SampleSize("queries", queries, queries, won, alpha, power)


def lift_found(
    baseline: float, *, per_variant: int, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """The smallest lift that so many clients per variant, two of equal size, would find.

    None where not even every client reaching the goal would be told from control.
    """
    _expected(baseline, 0.0, zero=True)
    _check_risks(alpha, power)
    sizes = (float(per_variant), float(per_variant))
    low, high = 0.0, 1 / baseline - 1
    if not _test_finds(baseline, baseline * (1 + high), sizes, alpha, power):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        found = _test_finds(baseline, baseline * (1 + middle), sizes, alpha, power)
        low, high = (low, middle) if found else (middle, high)
    return high


def days_needed(size: SampleSize, *, per_day: float, traffic: float = 1.0) -> float:
    """Days until `size.total` new units came, of `per_day` of which `traffic` (0..1) takes part."""
    if per_day <= 0:
        raise InputError.at("per_day", "above 0")
    if not 0 < traffic <= 1:
        raise InputError.at("traffic", "a share above 0, of at most 1")
    return size.total / (per_day * traffic)


def _test_finds(
    p0: float, p1: float, sizes: tuple[float, float], alpha: float, power: float
) -> bool:
    n0, n1 = sizes
    pooled = (n0 * p0 + n1 * p1) / (n0 + n1)
    under_null = math.sqrt(pooled * (1 - pooled) * (1 / n0 + 1 / n1))
    under_lift = math.sqrt(max(0.0, p0 * (1 - p0) / n0 + p1 * (1 - p1) / n1))
    normal = NormalDist()
    needed = normal.inv_cdf(1 - alpha / 2) * under_null + normal.inv_cdf(power) * under_lift
    return needed <= abs(p1 - p0)


def _sequence_finds(
    p0: float, p1: float, sizes: tuple[float, float], alpha: float, power: float
) -> bool:
    effect = abs(math.log(p1 / p0))
    variance = (1 - p0) / (sizes[0] * p0) + (1 - p1) / (sizes[1] * p1)
    needed = radius(variance, mixture=effect, alpha=alpha)
    return needed + NormalDist().inv_cdf(power) * math.sqrt(variance) <= effect


def _least(finds: Callable[[float], bool]) -> float:
    # Doubling, then halving: what finds an effect also finds it with more.
    high = 2.0
    while not finds(high):
        high *= 2
        if high > MOST:
            raise InputError.at("min_lift", f"so small that it needs more than {MOST:,} units")
    low = high / 2
    while high - low > 0.5:
        middle = (low + high) / 2
        low, high = (low, middle) if finds(middle) else (middle, high)
    return high


def _expected(baseline: float, min_lift: float, *, zero: bool = False) -> float:
    if not 0 < baseline < 1:
        raise InputError.at("baseline", "a share above 0 and below 1")
    if min_lift == 0 and not zero:
        raise InputError.at("min_lift", "not 0")
    expected = baseline * (1 + min_lift)
    if not 0 < expected < 1:
        raise InputError.at("min_lift", "must leave the share above 0 and below 1")
    return expected


def _check_risks(alpha: float, power: float) -> None:
    if not 0 < alpha < 0.5:
        raise InputError.at("alpha", "above 0 and below 0.5")
    if not 0.5 <= power < 1:
        raise InputError.at("power", "0.5 or more, and below 1")


def _check_shares(shares: Sequence[float]) -> None:
    if len(shares) < 2:
        raise InputError.at("shares", "at least two")
    if min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
        raise InputError.at("shares", "each above 0, adding up to 1")
