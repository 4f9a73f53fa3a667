"""Interleaved pages of the simulated shop, drawn by the search's own team draft."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.click_models import ClickModel, Floats
from benchmarks.experiments.shop import DISPOSITIONS, MEAN_SEARCHES, RANKS, Shop
from services.insight.events.propensity import Exposure
from services.insight.experiments.counts import InterleavingCounts
from services.search.interleave import team_draft

DRAWS = 16
"""Different pages of each query, of which each search gets one."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pages:
    """Which candidate stands where, and for whom it counts (-1, 1, 0): (queries, DRAWS, RANKS)."""

    candidates: Ints
    teams: Ints


def interleave(shop: Shop, *, seed: int = 0) -> Pages:
    """Draw the pages of control (-1) and treatment (+1)."""
    queries = len(shop.control)
    candidates = np.zeros((queries, DRAWS, RANKS), np.int64)
    teams = np.zeros_like(candidates)
    for query in range(queries):
        both = [[str(one) for one in ranking[query]] for ranking in (shop.control, shop.treatment)]
        for draw in range(DRAWS):
            page = team_draft(*both, seed=f"{seed}/{query}/{draw}".encode(), limit=RANKS)
            candidates[query, draw] = [int(entry.key) for entry in page]
            teams[query, draw] = [0 if e.team is None else 2 * e.team - 1 for e in page]
    return Pages(candidates, teams)


def ask(
    shop: Shop, pages: Pages, model: ClickModel, rng: np.random.Generator, *, clients: int
) -> InterleavingCounts:
    """Let so many clients search interleaved pages, and count who won."""
    numbers = rng.geometric(1 / MEAN_SEARCHES, clients)
    client = np.repeat(np.arange(clients), numbers)
    disposition = DISPOSITIONS[rng.integers(0, len(DISPOSITIONS), clients)][client]
    query, draw = (
        rng.integers(0, len(shop.control), len(client)),
        rng.integers(0, DRAWS, len(client)),
    )
    attraction = shop.attraction[query[:, None], pages.candidates[query, draw]]
    clicks = model.clicks(attraction * disposition[:, None], rng)
    won = np.sign((clicks * pages.teams[query, draw]).sum(axis=1))
    sums = np.bincount(client, weights=won, minlength=clients)
    return InterleavingCounts(
        wins=int((won > 0).sum()),
        losses=int((won < 0).sum()),
        ties=int((won == 0).sum()),
        clients=clients,
        squares=float(sums @ sums),
    )


def log_of(
    shop: Shop, pages: Pages, model: ClickModel, rng: np.random.Generator, *, searches: int
) -> list[Exposure]:
    """What so many searches showed and got clicked; a document is named `query/candidate`."""
    query, draw = rng.integers(0, len(shop.control), searches), rng.integers(0, DRAWS, searches)
    candidate = pages.candidates[query, draw]
    disposition = DISPOSITIONS[rng.integers(0, len(DISPOSITIONS), searches)]
    clicks = model.clicks(shop.attraction[query[:, None], candidate] * disposition[:, None], rng)
    shape = (*shop.attraction.shape, RANKS)
    cell = np.ravel_multi_index((query[:, None], candidate, np.arange(RANKS)[None]), shape)
    shown = np.bincount(cell.ravel(), minlength=int(np.prod(shape))).astype(float)
    clicked = np.zeros(len(shown))
    np.add.at(clicked, cell.ravel(), clicks.ravel())
    return [
        Exposure(document=f"{q}/{c}", position=k + 1, shown=n, clicks=clicks_there, query=str(q))
        for (q, c, k), n, clicks_there in _cells(shown, clicked, shape)
    ]


def _cells(
    shown: Floats, clicked: Floats, shape: tuple[int, ...]
) -> Iterator[tuple[tuple[int, int, int], float, float]]:
    used = np.flatnonzero(shown)
    queries, candidates, ranks = (axis.tolist() for axis in np.unravel_index(used, shape))
    places = zip(queries, candidates, ranks, strict=True)
    yield from zip(places, shown[used].tolist(), clicked[used].tolist(), strict=True)
