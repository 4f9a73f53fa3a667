"""The simulated shop does what its exact figures say, so that its truth is one."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.experiments.click_models import Cascade, ClickModel, PositionBased
from benchmarks.experiments.clients import share, shares_by_day, totals, visit
from benchmarks.experiments.findings import Claim, agrees, share_of_runs, table
from benchmarks.experiments.interleaved import ask, interleave, log_of
from benchmarks.experiments.shop import LOOKED_AT, RANKS, converting, open_shop
from tests.insight.chance import likely

MODELS = [PositionBased(LOOKED_AT), Cascade(0.8)]


@pytest.mark.parametrize("model", MODELS, ids=["position", "cascade"])
def test_clicks_come_as_often_as_their_exact_chance(model: ClickModel) -> None:
    rng = np.random.default_rng(1)
    attraction = rng.uniform(0, 0.5, (5, RANKS))
    clicks = model.clicks(np.repeat(attraction, 4_000, axis=0), rng)
    seen = clicks.any(axis=1).reshape(5, 4_000).sum(axis=1)
    for hits, chance in zip(seen, model.any_click(attraction), strict=True):
        assert likely(int(hits), runs=4_000, chance=float(chance))


def test_a_cascade_ends_with_its_first_click() -> None:
    rng = np.random.default_rng(2)
    clicks = Cascade(1.0).clicks(np.full((500, RANKS), 0.5), rng)
    assert clicks.sum(axis=1).max() == 1


@pytest.mark.parametrize("lift", [0.02, 0.05, 0.1])
def test_the_planted_lift_is_the_exact_one(lift: float) -> None:
    model = PositionBased(LOOKED_AT)
    shop = open_shop(lift=lift)
    before, after = (shop.click_chance(r, model) for r in (shop.control, shop.treatment))
    assert converting(after) / converting(before) - 1 == pytest.approx(lift, abs=2e-4)


def test_without_a_lift_both_rankings_are_the_same() -> None:
    shop = open_shop(lift=0)
    assert np.array_equal(shop.control, shop.treatment)


def test_clients_convert_as_often_as_their_exact_share() -> None:
    model, shop = PositionBased(LOOKED_AT), open_shop(lift=0)
    chance = shop.click_chance(shop.control, model)
    searches = visit(np.random.default_rng(3), clients=20_000, chance=chance)
    assert likely(share(searches).hits, runs=20_000, chance=converting(chance))
    sums = totals(searches)
    assert (sums.clients, sums.hits) == (20_000, searches.clicked.sum())


def test_clients_and_their_clicks_only_grow_with_the_days() -> None:
    chance = np.full((3, 4), 0.2)
    searches = visit(np.random.default_rng(4), clients=500, chance=chance, days=10, after=3)
    days = shares_by_day(searches, days=13)
    assert [one.of for one in days] == sorted(one.of for one in days)
    assert [one.hits for one in days] == sorted(one.hits for one in days)
    assert days[9].of == days[-1].of == 500
    assert days[-1] == share(searches)


def test_the_better_ranking_wins_more_interleaved_queries() -> None:
    model, shop = PositionBased(LOOKED_AT), open_shop(lift=0.1)
    pages = interleave(shop)
    counts = ask(shop, pages, model, np.random.default_rng(5), clients=3_000)
    assert counts.wins > counts.losses + 3 * counts.squares**0.5
    assert counts.clients == 3_000


def test_the_log_holds_every_place_of_every_search() -> None:
    shop = open_shop(lift=0.1)
    model = PositionBased(LOOKED_AT)
    log = log_of(shop, interleave(shop), model, np.random.default_rng(6), searches=2_000)
    assert sum(one.shown for one in log) == 2_000 * RANKS
    assert {one.position for one in log} == set(range(1, RANKS + 1))
    assert all(one.clicks <= one.shown for one in log)


@pytest.mark.parametrize(
    ("hits", "claim", "kept"),
    [
        (50, Claim.EXACTLY, True),
        (90, Claim.EXACTLY, False),
        (20, Claim.EXACTLY, False),
        (20, Claim.AT_MOST, True),
        (90, Claim.AT_MOST, False),
        (20, Claim.AT_LEAST, False),
        (90, Claim.AT_LEAST, True),
    ],
)
def test_a_claim_is_kept_unless_chance_would_not_give_the_count(
    hits: int, claim: Claim, kept: bool
) -> None:
    assert agrees(hits, 1_000, 0.05, claim) is kept


def test_a_broken_claim_stands_out_in_the_table() -> None:
    findings = [
        share_of_runs("Part", "a claim", hits=90, runs=1_000, target=0.05),
        share_of_runs("Part", "a comparison", hits=90, runs=1_000, target=None),
    ]
    made = table(findings)
    assert "| a claim | about 5 % | 9 % (7.3 to 10.9) | 1,000 | **no** |" in made
    assert "for comparison |" in made
