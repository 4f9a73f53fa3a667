"""Whether a planted lift is found as often as planned, at the sample size that was asked for."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.experiments.click_models import PositionBased
from benchmarks.experiments.clients import share, totals, visit
from benchmarks.experiments.findings import Claim, Finding, share_of_runs
from benchmarks.experiments.interleaved import ask, interleave
from benchmarks.experiments.shop import LOOKED_AT, MEAN_SEARCHES, converting, open_shop
from services.insight.experiments.analysis import compare_ratios, compare_shares
from services.insight.experiments.interleaving_analysis import compare
from services.insight.experiments.power import clients_needed, queries_needed

PART = "A planted lift of 5 %, at the planned sample size"
BESIDE = "Interleaving beside A/B, of the same two rankings"
LIFT = 0.05
POWER = 0.8


def measure(*, runs: int, seed: int = 3) -> list[Finding]:
    """Plan an A/B test and an interleaving of the same two rankings, and make `runs` of each."""
    model = PositionBased(LOOKED_AT)
    shop = open_shop(lift=LIFT)
    chances = [shop.click_chance(ranking, model) for ranking in (shop.control, shop.treatment)]
    baseline = converting(chances[0])
    size = clients_needed(baseline, min_lift=LIFT, power=POWER)
    found, held, wrong_way = 0, 0, 0
    for run in range(runs):
        rng = np.random.default_rng((seed, run))
        sides = [share(visit(rng, clients=size.per_variant, chance=each)) for each in chances]
        effect = compare_shares(*sides)
        found += effect.p_value < 0.05
        wrong_way += effect.p_value < 0.05 and effect.difference < 0
        held += effect.lift_interval is not None and effect.lift_interval.holds(LIFT)
    what = f"A/B, {size.per_variant:,} clients per variant"
    return [
        share_of_runs(PART, f"{what}: lift found", hits=found, runs=runs, target=POWER),
        share_of_runs(
            PART,
            f"{what}: found with the wrong sign",
            hits=wrong_way,
            runs=runs,
            target=0.001,
            claim=Claim.AT_MOST,
        ),
        share_of_runs(
            PART, "intervals of the lift that hold 5 %", hits=held, runs=runs, target=0.95
        ),
        *_interleaved(runs=runs, seed=seed, clients=size.total),
    ]


def _interleaved(*, runs: int, seed: int, clients: int) -> list[Finding]:
    model, shop = PositionBased(LOOKED_AT), open_shop(lift=LIFT)
    pages = interleave(shop)
    # A pilot tells how often the better ranking wins: what its planner would know of earlier ones.
    pilot = ask(shop, pages, model, np.random.default_rng((seed, 7)), clients=400_000)
    size = queries_needed(
        min_lift=pilot.wins / pilot.losses - 1, decided=pilot.decided / pilot.queries, power=POWER
    )
    enough = math.ceil(size.total / MEAN_SEARCHES)
    found = few = few_searches = 0
    chances = [shop.click_chance(ranking, model) for ranking in (shop.control, shop.treatment)]
    for run in range(runs):
        rng = np.random.default_rng((seed, 8, run))
        found += compare(ask(shop, pages, model, rng, clients=enough)).p_value < 0.05
        sides = [visit(rng, clients=enough // 2, chance=each) for each in chances]
        few += compare_shares(share(sides[0]), share(sides[1])).p_value < 0.05
        rates = compare_ratios(totals(sides[0]), totals(sides[1]))
        few_searches += rates is not None and rates.p_value < 0.05
    queries = clients * MEAN_SEARCHES
    return [
        share_of_runs(
            BESIDE,
            f"interleaving, {size.total:,} queries ({enough:,} clients): better ranking found",
            hits=found,
            runs=runs,
            target=POWER,
        ),
        share_of_runs(
            BESIDE,
            "A/B with as many queries: better ranking found, by clients with a click",
            hits=few,
            runs=runs,
            target=None,
        ),
        share_of_runs(
            BESIDE,
            "A/B with as many queries: better ranking found, by searches with a click",
            hits=few_searches,
            runs=runs,
            target=None,
        ),
        Finding(
            BESIDE,
            f"queries for a power of {100 * POWER:.0f} %: A/B {queries:,.0f}, "
            f"interleaving {size.total:,}",
            "fewer for interleaving",
            f"{queries / size.total:.1f} times as many for A/B",
            1,
            size.total < queries,
        ),
    ]
