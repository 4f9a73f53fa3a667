"""How simulated users look at a page of results, and what they click."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class ClickModel(Protocol):
    """Attraction is the chance of a click on what is looked at; ranks are the last axis."""

    def clicks(self, attraction: Floats, rng: np.random.Generator) -> Bools:
        """Clicks on every page: (pages, ranks) to (pages, ranks)."""
        ...

    def any_click(self, attraction: Floats) -> Floats:
        """The exact chance of at least one click on each page: (..., ranks) to (...)."""
        ...


@dataclass(frozen=True, slots=True)
class PositionBased:
    """Each rank is looked at with its own chance, whatever happened above it.

    Richardson, Dominowska and Ragno, "Predicting Clicks", WWW 2007; `looked_at` is (ranks,).
    """

    looked_at: Floats

    def clicks(self, attraction: Floats, rng: np.random.Generator) -> Bools:
        return rng.random(attraction.shape) < attraction * self.looked_at

    def any_click(self, attraction: Floats) -> Floats:
        return np.asarray(1 - np.prod(1 - attraction * self.looked_at, axis=-1))


@dataclass(frozen=True, slots=True)
class Cascade:
    """From the top down, one after the other, with a chance to go on; the first click is the last.

    Craswell, Zoeter, Taylor and Ramsey, "An Experimental Comparison of Click Position-Bias Models",
    WSDM 2008, with a user who may also give up: `goes_on` is the chance to look at the next rank.
    """

    goes_on: float

    def clicks(self, attraction: Floats, rng: np.random.Generator) -> Bools:
        wanted = rng.random(attraction.shape) < attraction
        reached = np.cumprod(rng.random(attraction.shape) < self.goes_on, axis=-1)
        reached = np.concatenate([np.ones_like(reached[..., :1]), reached[..., :-1]], axis=-1)
        hit = wanted & reached.astype(bool)
        return np.asarray(hit & (np.cumsum(hit, axis=-1) == 1))

    def any_click(self, attraction: Floats) -> Floats:
        ranks = attraction.shape[-1]
        unclicked = np.cumprod(1 - attraction, axis=-1)
        before = np.concatenate([np.ones_like(unclicked[..., :1]), unclicked[..., :-1]], axis=-1)
        reached = self.goes_on ** np.arange(ranks)
        return np.asarray((reached * before * attraction).sum(axis=-1))
