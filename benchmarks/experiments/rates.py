"""Whether click rates corrected for position recover what was planted, within their intervals."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean, stdev

import numpy as np

from benchmarks.experiments.click_models import Cascade, ClickModel, Floats, PositionBased
from benchmarks.experiments.findings import CONFIDENCE, Finding, share_of_runs
from benchmarks.experiments.interleaved import interleave, log_of
from benchmarks.experiments.shop import LOOKED_AT, RANKS, open_shop
from services.insight.events.click_rate import ClickRate, Estimator, click_rates
from services.insight.events.propensity import Propensities, by_hand, from_swaps
from services.insight.experiments.estimates import z_of

PART = "Click rates corrected for position"
SEARCHES = 400_000
"""In each log: so many that nearly every document shown was clicked."""

ESTIMATES = {
    "examined impressions, propensities known": ("known", Estimator.EXAMINED),
    "inverse propensity, propensities known": ("known", Estimator.INVERSE),
    "examined impressions, propensities estimated from interleaving": (
        "estimated",
        Estimator.EXAMINED,
    ),
    "inverse propensity, propensities estimated from interleaving": (
        "estimated",
        Estimator.INVERSE,
    ),
    "clicks over impressions, not corrected": ("none", Estimator.EXAMINED),
}


@dataclass(slots=True)
class _Tally:
    """Of each way to estimate: for each log the share of intervals that held, and the bias."""

    held: dict[str, list[float]] = field(default_factory=dict)
    ratios: dict[str, list[float]] = field(default_factory=dict)


def measure(*, runs: int, seed: int = 1) -> list[Finding]:
    """Make `runs` logs of clicks, and count how many intervals hold what was planted."""
    tally, ranks_held = _Tally(), 0
    model = PositionBased(LOOKED_AT)
    for run in range(runs):
        ranks_held += _one(tally, model, np.random.default_rng((seed, run)))
    findings = [
        share_of_runs(
            PART,
            "propensities of ranks 2 to 10, estimated from interleaving: intervals that hold them",
            hits=ranks_held,
            runs=runs * (RANKS - 1),
            target=0.95,
        )
    ]
    findings += [_finding(name, tally) for name in ESTIMATES]
    wrong = _Tally()
    for run in range(max(2, runs // 5)):
        _one(wrong, Cascade(0.8), np.random.default_rng((seed, run)))
    name = "examined impressions, propensities estimated from interleaving"
    return [*findings, _finding(name, wrong, said="users who stop at their first click (cascade)")]


def _one(tally: _Tally, model: ClickModel, rng: np.random.Generator) -> int:
    """Add a log's intervals to the tally; how many propensities' intervals held."""
    shop = open_shop(lift=0.15)
    log = log_of(shop, interleave(shop), model, rng, searches=SEARCHES)
    estimated = from_swaps(log, positions=RANKS)
    assert estimated is not None
    known = by_hand([float(chance) for chance in LOOKED_AT])
    all_alike = by_hand([1.0] * RANKS)
    propensities = {"known": known, "estimated": estimated, "none": all_alike}
    for name, (which, estimator) in ESTIMATES.items():
        rates = click_rates(log, propensities[which], estimator=estimator)
        _count(tally, name, rates, shop.attraction)
    return _ranks_held(estimated)


def _ranks_held(estimated: Propensities) -> int:
    pairs = zip(estimated.intervals()[1:], LOOKED_AT[1:], strict=True)
    return sum(interval.holds(float(truth)) for interval, truth in pairs)


def _count(tally: _Tally, name: str, rates: dict[str, ClickRate], attraction: Floats) -> None:
    truths = [float(attraction[tuple(map(int, key.split("/")))]) for key in rates]
    pairs = zip(rates.values(), truths, strict=True)
    held = sum(rate.interval.holds(truth) for rate, truth in pairs)
    tally.held.setdefault(name, []).append(held / len(rates))
    mean = sum(rate.ctr for rate in rates.values()) / sum(truths)
    tally.ratios.setdefault(name, []).append(mean)


def _finding(name: str, tally: _Tally, *, said: str | None = None) -> Finding:
    # Intervals of one log share its propensities, so that logs are what is independent.
    logs = tally.held[name]
    mean, error = fmean(logs), stdev(logs) / len(logs) ** 0.5
    bias = fmean(tally.ratios[name])
    compared = said is not None or "not corrected" in name
    # At least: Wilson's interval of few expected clicks holds a little more than it says.
    kept = mean + z_of(CONFIDENCE) * error >= 0.95 and abs(bias - 1) < 0.02
    return Finding(
        part=PART,
        what=f"{said or name}: intervals that hold the planted rate",
        should="" if compared else "at least 95 %",
        measured=f"{100 * mean:.1f} % ({100 * (mean - 2 * error):.1f} to "
        f"{100 * (mean + 2 * error):.1f}); mean estimate {bias:.3f} of the truth",
        runs=len(logs),
        kept=None if compared else kept,
    )
