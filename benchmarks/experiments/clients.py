"""Simulated clients: they come on some day, search, come back, and click or do not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.experiments.click_models import Bools, Floats
from benchmarks.experiments.shop import DISPOSITIONS, MEAN_SEARCHES
from services.insight.experiments.estimates import RatioTotals, Share

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Searches:
    """One row a search: whose it is, what for, on what day, and whether something was clicked."""

    clients: int
    client: Ints
    query: Ints
    day: Ints
    clicked: Bools


def visit(
    rng: np.random.Generator, *, clients: int, chance: Floats, days: int = 1, after: int = 0
) -> Searches:
    """Let so many clients search; `chance` is (dispositions, queries) of a click on a search.

    A client's first search is on any of the `days` alike, each further one about a day later, until
    `after` days after the last of them.
    """
    disposition = rng.integers(0, len(DISPOSITIONS), clients)
    numbers = rng.geometric(1 / MEAN_SEARCHES, clients)
    client = np.repeat(np.arange(clients), numbers)
    first = np.cumsum(numbers) - numbers
    # Days since the client's first search: running sums, begun anew with each client.
    gaps = rng.poisson(1.0, len(client)) if days > 1 else np.zeros(len(client), np.int64)
    gaps[first] = 0
    since = np.cumsum(gaps)
    day = rng.integers(0, days, clients)[client] + since - since[first][client]
    query = rng.integers(0, chance.shape[1], len(client))
    clicked = rng.random(len(client)) < chance[disposition[client], query]
    kept = day < days + after
    return Searches(clients, client[kept], query[kept], day[kept], clicked[kept])


def share(searches: Searches) -> Share:
    """Clients with a click, of all."""
    converted = np.unique(searches.client[searches.clicked])
    return Share(len(converted), searches.clients)


def shares_by_day(searches: Searches, *, days: int) -> list[Share]:
    """What was known at the end of each day: clients seen, and those of them with a click."""
    came = np.full(searches.clients, days)
    np.minimum.at(came, searches.client, searches.day)
    won = np.full(searches.clients, days)
    np.minimum.at(won, searches.client[searches.clicked], searches.day[searches.clicked])
    of = np.cumsum(np.bincount(came, minlength=days + 1)[:days])
    hits = np.cumsum(np.bincount(won, minlength=days + 1)[:days])
    return [Share(int(h), int(n)) for h, n in zip(hits, of, strict=True)]


def totals(searches: Searches) -> RatioTotals:
    """Sums over clients of (searches, searches with a click)."""
    x = np.bincount(searches.client, minlength=searches.clients).astype(float)
    y = np.bincount(searches.client, weights=searches.clicked, minlength=searches.clients)
    return RatioTotals(
        clients=searches.clients,
        of=float(x.sum()),
        hits=float(y.sum()),
        of_of=float(x @ x),
        of_hits=float(x @ y),
        hits_hits=float(y @ y),
    )
