"""What happens to those who look every day and stop at the first significant figure."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from benchmarks.experiments.click_models import Floats, PositionBased
from benchmarks.experiments.clients import shares_by_day, visit
from benchmarks.experiments.findings import Claim, Finding, share_of_runs
from benchmarks.experiments.shop import LOOKED_AT, converting, open_shop
from services.core.types.experiments import Analysis
from services.insight.experiments import sequential
from services.insight.experiments.analysis import compare_shares
from services.insight.experiments.estimates import Share
from services.insight.experiments.power import clients_needed

PART = "Looking every day, and stopping at the first p below 5 %"
DAYS = 28
AFTER = 4
"""Days more in which no new client comes, but those there are come back."""
LIFT = 0.05
POWER = 0.8

Test = Callable[[Share, Share], float]


def measure(*, runs: int, seed: int = 4) -> list[Finding]:
    """Make `runs` experiments with and without a lift, and let both kinds of analysis peek."""
    model = PositionBased(LOOKED_AT)
    shop = open_shop(lift=LIFT)
    control = shop.click_chance(shop.control, model)
    better = shop.click_chance(shop.treatment, model)
    baseline = converting(control)
    fixed = clients_needed(baseline, min_lift=LIFT, power=POWER).per_variant
    size = clients_needed(
        baseline, min_lift=LIFT, power=POWER, analysis=Analysis.ALWAYS_VALID
    ).per_variant
    alarms = _stops((control, control), clients=fixed, runs=runs, seed=(seed, 0))
    finds = _stops((control, better), clients=size, runs=runs, seed=(seed, 1))
    stopped = [math.inf if one is None else one for _, one in finds]
    median = float(np.median(stopped))
    return [
        _finding("two equal variants, always-valid", _hits(alarms, 1), runs, 0.05, Claim.AT_MOST),
        _finding("two equal variants, fixed-horizon test", _hits(alarms, 0), runs, None),
        _finding(
            f"a lift of 5 %, always-valid, at most {size:,} clients per variant: found",
            _hits(finds, 1),
            runs,
            POWER,
            Claim.AT_LEAST,
        ),
        Finding(
            PART,
            f"the same: clients per variant when it stopped (fixed horizon: {fixed:,})",
            "",
            f"median {median:,.0f}, {median / fixed:.2f} times the fixed horizon's",
            runs,
            None,
        ),
    ]


def _stops(
    chances: tuple[Floats, Floats], *, clients: int, runs: int, seed: tuple[int, int]
) -> list[tuple[int | None, int | None]]:
    """Of each run: clients per variant when the fixed and the always-valid test stopped it."""
    found = []
    for run in range(runs):
        rng = np.random.default_rng((*seed, run))
        sides = [
            shares_by_day(
                visit(rng, clients=clients, chance=chance, days=DAYS, after=AFTER),
                days=DAYS + AFTER,
            )
            for chance in chances
        ]
        looks = list(zip(*sides, strict=True))
        found.append((_first(looks, _fixed), _first(looks, _always_valid)))
    return found


def _first(looks: list[tuple[Share, Share]], test: Test) -> int | None:
    return next((min(a.of, b.of) for a, b in looks if test(a, b) < 0.05), None)


def _fixed(control: Share, treatment: Share) -> float:
    return compare_shares(control, treatment).p_value


def _always_valid(control: Share, treatment: Share) -> float:
    return sequential.compare_shares(control, treatment, min_lift=LIFT, alpha=0.05).p_value


def _hits(stops: list[tuple[int | None, int | None]], which: int) -> int:
    return sum(one[which] is not None for one in stops)


def _finding(
    what: str, hits: int, runs: int, target: float | None, claim: Claim = Claim.EXACTLY
) -> Finding:
    return share_of_runs(PART, what, hits=hits, runs=runs, target=target, claim=claim)
