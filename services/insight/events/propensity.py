"""How often a place on the page is looked at, and how often a document is clicked once it is.

The model is the position-based one: a click at rank k on document d happens with probability
theta_k * gamma_d, where theta_k is the propensity (the chance that rank k is looked at, that of
rank 1 being 1 by convention) and gamma_d the document's click rate when looked at. Not modelled:
clicks out of trust in the rank, and looking that ends with the first click.

Propensities are set by hand, or estimated from documents that stood at several ranks for the same
query (Agarwal, Zaitsev, Wang, Li, Najork and Joachims, "Estimating Position Bias without Intrusive
Interventions", WSDM 2019): interleaving and A/B tests swap them at random. Where only time swapped
them (a new model, a changed catalog), the estimate holds if the document was as relevant before as
after. The likelihood here is that of their all-pairs estimator taken over whole rankings: given the
clicks of a document for a query, the ranks they fell on are multinomial with chances n_k theta_k,
whatever gamma is, so that popularity and relevance cancel.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from services.core.errors import InputError
from services.insight.experiments.estimates import Interval, z_of

POSITIONS: Final = 50
"""Ranks whose propensity is told apart; what stands lower has that of the last."""

LEAST_CLICKS: Final = 10
"""On swapped documents at a rank, below which its propensity would be noise."""

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Exposure:
    """How often a document stood at a rank for a query, and was clicked there.

    `position` counts from 1 over all pages. Count a document once per search, and a click once per
    search: repeats of one client are not independent. `query` is any key of what was asked (its
    words; a hash of its picture); it only matters for estimating propensities.
    """

    document: str
    position: int
    shown: float
    clicks: float
    query: str = ""


@dataclass(frozen=True, slots=True)
class Propensities:
    """The chance that each rank is looked at, from rank 1, whose is 1.

    An estimate may exceed 1 by chance. `log_covariance` is that of the logarithms, rank 1 left
    out; None of propensities set by hand, which are taken as exact. `source` is `set` or
    `estimated`; `clicks` of an estimate counts those it was made of.
    """

    by_position: tuple[float, ...]
    source: str
    log_covariance: tuple[tuple[float, ...], ...] | None = None
    clicks: int = 0

    def at(self, position: int) -> float:
        """The propensity of a rank counted from 1; lower ranks than the last have the last's."""
        return self.by_position[min(position, len(self.by_position)) - 1]

    def intervals(self, confidence: float = 0.95) -> tuple[Interval, ...]:
        """An interval for each rank, by the normal approximation of the logarithm."""
        z = z_of(confidence)
        variances = np.diag(self.covariance())
        return tuple(
            Interval(float(theta * np.exp(-z * s)), float(theta * np.exp(z * s)))
            for theta, s in zip(self.by_position, np.sqrt(variances), strict=True)
        )

    def covariance(self) -> _Floats:
        """Of the logarithms, rank 1 (exact) in front: (positions, positions), float64."""
        whole = np.zeros((len(self.by_position),) * 2)
        if self.log_covariance is not None:
            whole[1:, 1:] = self.log_covariance
        return whole


def by_hand(values: Sequence[float]) -> Propensities:
    """Propensities that somebody states: of ranks 1, 2, ..., the first 1, each above 0, at most 1.

    Raises InputError naming the first that is not.
    """
    if not 1 <= len(values) <= POSITIONS:
        raise InputError.at("by_position", f"from 1 to {POSITIONS} numbers")
    for number, value in enumerate(values):
        if not 0 < value <= 1:
            raise InputError.at(f"by_position[{number}]", "above 0, at most 1")
    if values[0] != 1:
        raise InputError.at("by_position[0]", "1: the others are relative to the first rank")
    return Propensities(tuple(map(float, values)), "set")


def from_swaps(exposures: Iterable[Exposure], *, positions: int = POSITIONS) -> Propensities | None:
    """Estimate the propensities of ranks 1, 2, ... up to the last that swaps lead to.

    Only documents that stood at several ranks for the same query, with at least one click, say
    anything. The covariance is the sandwich's with the query as cluster, so documents of one query
    need not be independent. Ranks end before the first with fewer than `LEAST_CLICKS` such clicks.
    None where nothing ties rank 2 to rank 1, or fewer than two queries have swaps.
    """
    shown, clicks, queries = _swapped(exposures, positions)
    ranks = _tied_ranks(shown, clicks)
    shown, clicks = shown[:, :ranks], clicks[:, :ranks]
    kept = ((shown > 0).sum(axis=1) > 1) & (clicks.sum(axis=1) > 0)
    if ranks < 2 or len(np.unique(queries[kept])) < 2:
        return None
    shown, clicks, queries = shown[kept], clicks[kept], queries[kept]
    log_theta = _most_likely(shown, clicks)
    covariance = _sandwich(shown, clicks, queries, log_theta)
    return Propensities(
        by_position=tuple(float(theta) for theta in np.exp(log_theta)),
        source="estimated",
        log_covariance=tuple(tuple(map(float, row)) for row in covariance),
        clicks=int(clicks.sum()),
    )


def _swapped(
    exposures: Iterable[Exposure], positions: int
) -> tuple[_Floats, _Floats, npt.NDArray[np.int64]]:
    # Rows are pairs of query and document, columns ranks from 1; the third array numbers queries.
    cells: dict[tuple[str, str], dict[int, list[float]]] = defaultdict(dict)
    for one in exposures:
        if one.position <= positions and one.shown > 0:
            cell = cells[one.query, one.document].setdefault(one.position - 1, [0.0, 0.0])
            cell[0] += one.shown
            cell[1] += one.clicks
    rows = [(key, ranks) for key, ranks in cells.items() if len(ranks) > 1]
    shown, clicks = np.zeros((len(rows), positions)), np.zeros((len(rows), positions))
    numbers: dict[str, int] = {}
    queries = np.zeros(len(rows), dtype=np.int64)
    for row, ((query, _), ranks) in enumerate(rows):
        queries[row] = numbers.setdefault(query, len(numbers))
        for rank, (n, c) in ranks.items():
            shown[row, rank], clicks[row, rank] = n, c
    return shown, clicks, queries


def _tied_ranks(shown: _Floats, clicks: _Floats) -> int:
    # A rank is tied to another by a document that stood at both and was clicked; how many ranks
    # from the first on are tied to it, by whatever ways, and have clicks enough.
    clicked = clicks.sum(axis=1) > 0
    stood = (shown[clicked] > 0).astype(np.int64)
    ties = (stood.T @ stood) > 0
    reached = np.zeros(len(ties), dtype=bool)
    reached[0] = True
    for _ in range(len(ties)):
        reached = reached | (ties & reached).any(axis=1)
    usable = reached & (clicks.sum(axis=0) >= LEAST_CLICKS)
    return int(np.argmin(usable)) if not usable.all() else len(usable)


def _most_likely(shown: _Floats, clicks: _Floats) -> _Floats:
    # Newton's method on the concave log likelihood; the step is halved while it does not help.
    log_theta = np.zeros(shown.shape[1])
    likelihood = _log_likelihood(shown, clicks, log_theta)
    for _ in range(100):
        chances = _chances(shown, log_theta)
        gradient = (clicks - clicks.sum(axis=1, keepdims=True) * chances).sum(axis=0)
        step = np.linalg.lstsq(_information(clicks, chances)[1:, 1:], gradient[1:], rcond=None)[0]
        size = 1.0
        while size > 1e-6:
            there = log_theta.copy()
            there[1:] += size * step
            gained = _log_likelihood(shown, clicks, there)
            if gained >= likelihood:
                break
            size /= 2
        else:
            break
        log_theta, gain, likelihood = there, gained - likelihood, gained
        if gain < 1e-9 and np.abs(size * step).max() < 1e-9:
            break
    return log_theta


def _chances(shown: _Floats, log_theta: _Floats) -> _Floats:
    weights = shown * np.exp(log_theta)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _log_likelihood(shown: _Floats, clicks: _Floats, log_theta: _Floats) -> float:
    total = np.log((shown * np.exp(log_theta)).sum(axis=1))
    return float((clicks * log_theta).sum() - (clicks.sum(axis=1) * total).sum())


def _information(clicks: _Floats, chances: _Floats) -> _Floats:
    weighted = clicks.sum(axis=1, keepdims=True) * chances
    return np.asarray(np.diag(weighted.sum(axis=0)) - weighted.T @ chances)


def _sandwich(
    shown: _Floats, clicks: _Floats, queries: npt.NDArray[np.int64], log_theta: _Floats
) -> _Floats:
    chances = _chances(shown, log_theta)
    residuals = (clicks - clicks.sum(axis=1, keepdims=True) * chances)[:, 1:]
    _, cluster = np.unique(queries, return_inverse=True)
    scores = np.zeros((cluster.max() + 1, residuals.shape[1]))
    np.add.at(scores, cluster, residuals)
    bread = np.linalg.pinv(_information(clicks, chances)[1:, 1:])
    inflation = len(scores) / (len(scores) - 1)
    return np.asarray(inflation * bread @ (scores.T @ scores) @ bread)
