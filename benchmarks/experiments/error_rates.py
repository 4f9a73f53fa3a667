"""How often a test of two equal variants (A/A) says that they differ: as often as it promises?"""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np

from benchmarks.experiments.click_models import PositionBased
from benchmarks.experiments.clients import Searches, share, totals, visit
from benchmarks.experiments.findings import Claim, Finding, share_of_runs
from benchmarks.experiments.interleaved import ask, interleave
from benchmarks.experiments.shop import LOOKED_AT, open_shop
from services.core.types.experiments import (
    BUCKETS,
    Analysis,
    Experiment,
    ExperimentKind,
    ExperimentState,
    Goal,
    Variant,
)
from services.insight.experiments import assignment, buckets, mismatch
from services.insight.experiments.analysis import compare_ratios, compare_shares
from services.insight.experiments.counts import BucketCounts, VariantCounts
from services.insight.experiments.estimates import Effect, Share, two_sided
from services.insight.experiments.interleaving_analysis import compare

PART = "Two equal variants (A/A), looked at once, at alpha 5 %"
CLIENTS = 2_000
"""Per variant."""
GROUPS = 12
"""Buckets that the queries are put into."""
LOSS = 0.1
"""Of a treatment whose slow pages lose clients before they are counted."""


def measure(*, runs: int, seed: int = 2) -> list[Finding]:
    """Make `runs` A/A tests of each kind, and count their false alarms."""
    model = PositionBased(LOOKED_AT)
    shop = open_shop(lift=0)
    chance = shop.click_chance(shop.control, model)
    alarms = dict.fromkeys(("shares", "lift", "ratios", "naive", "buckets", "one bucket"), 0)
    for run in range(runs):
        rng = np.random.default_rng((seed, run))
        both = [visit(rng, clients=CLIENTS, chance=chance) for _ in range(2)]
        _count(alarms, both)
    pages = interleave(shop)
    preferred = 0
    for run in range(runs):
        rng = np.random.default_rng((seed, 1, run))
        counts = ask(shop, pages, model, rng, clients=CLIENTS)
        preferred += compare(counts).p_value < 0.05
    return [
        _finding("clients with a click: score test of two proportions", alarms["shares"], runs),
        _finding("the same: intervals of the lift without 0", alarms["lift"], runs),
        _finding("searches with a click: delta method over clients", alarms["ratios"], runs),
        _finding("the same, as if searches were independent", alarms["naive"], runs, bar=False),
        _finding("interleaving: sign test clustered by client", preferred, runs),
        _finding(
            f"{GROUPS} buckets with Holm: any significant", alarms["buckets"], runs, Claim.AT_MOST
        ),
        _finding(f"{GROUPS} buckets, each for itself", alarms["one bucket"], runs, bar=False),
        *_mismatches(runs=max(40, runs // 5), seed=seed),
    ]


def _count(alarms: dict[str, int], both: list[Searches]) -> None:
    effect = compare_shares(share(both[0]), share(both[1]))
    alarms["shares"] += effect.p_value < 0.05
    alarms["lift"] += effect.lift_interval is not None and not effect.lift_interval.holds(0)
    sums = [totals(searches) for searches in both]
    ratios = compare_ratios(*sums)
    alarms["ratios"] += ratios is not None and ratios.p_value < 0.05
    rates = [one.ratio for one in sums]
    spread = math.sqrt(sum(r * (1 - r) / one.of for r, one in zip(rates, sums, strict=True)))
    alarms["naive"] += two_sided((rates[1] - rates[0]) / spread) < 0.05
    found = buckets.of_clients(
        [_grouped(str(n), one) for n, one in enumerate(both)], compare=_fixed
    )
    alarms["buckets"] += any(bucket.significant for bucket in found)
    alarms["one bucket"] += any(bucket.effect.p_value < 0.05 for bucket in found)


def _fixed(control: Share, treatment: Share) -> Effect:
    return compare_shares(control, treatment)


def _grouped(variant: str, searches: Searches) -> VariantCounts:
    seen = share(searches)
    groups = []
    for group in range(GROUPS):
        clicked = searches.clicked & (searches.query % GROUPS == group)
        converted = len(np.unique(searches.client[clicked]))
        groups.append(BucketCounts("group", str(group), seen.of, converted))
    return VariantCounts(variant, seen.of, seen.hits, buckets=tuple(groups))


def _mismatches(*, runs: int, seed: int) -> list[Finding]:
    counted = {"all": 0, "sequential": 0, "lost": 0}
    for run in range(runs):
        rng = np.random.default_rng((seed, 2, run))
        clients = _assigned(run, clients=2 * CLIENTS)
        counted["all"] += mismatch.check(clients, shares=(0.5, 0.5)).p_value < 0.05
        looked = mismatch.check(clients, shares=(0.5, 0.5), analysis=Analysis.ALWAYS_VALID)
        counted["sequential"] += looked.p_value < 0.05
        slow = (5 * clients[0], 5 * clients[1] - int(rng.binomial(5 * clients[1], LOSS)))
        counted["lost"] += mismatch.check(slow, shares=(0.5, 0.5)).mismatched
    return [
        _finding("clients per variant by the gateway's hash: p below 0.05", counted["all"], runs),
        _finding("the same, sequential test", counted["sequential"], runs, Claim.AT_MOST),
        share_of_runs(
            PART,
            f"a treatment that loses {100 * LOSS:.0f} % of {5 * CLIENTS:,} clients: mismatch",
            hits=counted["lost"],
            runs=runs,
            target=0.95,
            claim=Claim.AT_LEAST,
        ),
    ]


def _assigned(run: int, *, clients: int) -> tuple[int, int]:
    halves = (Variant("control", None, 0.5), Variant("treatment", "better", 0.5))
    experiment = Experiment(
        name=f"simulated-{run}",
        index="shop",
        kind=ExperimentKind.AB,
        state=ExperimentState.RUNNING,
        layer="ranking",
        bucket_from=0,
        bucket_to=BUCKETS,
        variants=halves,
        goal=Goal.CLICK,
        analysis=Analysis.FIXED,
        alpha=0.05,
        power=0.8,
        min_lift=0.05,
        sample_size=None,
        query_set=None,
        max_latency_ratio=None,
        description="",
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    first = sum(
        assignment.variant(experiment, f"client-{number}") == halves[0] for number in range(clients)
    )
    return first, clients - first


def _finding(
    what: str, hits: int, runs: int, claim: Claim = Claim.EXACTLY, *, bar: bool = True
) -> Finding:
    target = 0.05 if bar else None
    return share_of_runs(PART, what, hits=hits, runs=runs, target=target, claim=claim)
