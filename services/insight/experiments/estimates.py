"""A number with what is known of it: intervals, effects, and sums that are enough for both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included, at the confidence that whoever made it states."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether `value` lies within."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `of`: how many units of randomisation (clients) reached the goal."""

    hits: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.of:
            raise ValueError(f"{self.hits} of {self.of} is no share")

    @property
    def rate(self) -> float:
        """0..1; 0 of nothing is 0."""
        return self.hits / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """What a treatment does to a figure of the control's.

    `difference` is in the figure's unit, `lift` relative to control (0.05: five per cent more),
    None where control is 0. Intervals are at 1 - alpha; `p_value` is of "no difference", two-sided.
    `method` names test and interval.
    """

    control: float
    treatment: float
    difference: float
    difference_interval: Interval
    lift: float | None
    lift_interval: Interval | None
    p_value: float
    method: str


@dataclass(frozen=True, slots=True)
class RatioTotals:
    """Sums over clients of pairs (`of`, `hits`), such as (searches, clicks) of each client.

    They are all that the delta method needs of a ratio whose denominator is not what was
    randomised: `of_hits` is the sum of products, `of_of` and `hits_hits` are sums of squares.
    """

    clients: int
    of: float
    hits: float
    of_of: float
    of_hits: float
    hits_hits: float

    @classmethod
    def over(cls, pairs: Iterable[tuple[float, float]]) -> RatioTotals:
        """Add up (`of`, `hits`) of every client."""
        clients, of, hits, of_of, of_hits, hits_hits = 0, 0.0, 0.0, 0.0, 0.0, 0.0
        for x, y in pairs:
            clients += 1
            of, hits = of + x, hits + y
            of_of, of_hits, hits_hits = of_of + x * x, of_hits + x * y, hits_hits + y * y
        return cls(clients, of, hits, of_of, of_hits, hits_hits)

    @property
    def ratio(self) -> float:
        """All hits of all there were; 0 of nothing is 0."""
        return self.hits / self.of if self.of else 0.0

    @property
    def variance(self) -> float:
        """Of `ratio`, by the delta method with the client as the unit; 0 below two clients."""
        if self.clients < 2 or not self.of:
            return 0.0
        # The sum over clients of (hits - ratio * of)²: the linearised ratio's residuals.
        squares = (
            self.hits_hits - 2 * self.ratio * self.of_hits + self.ratio * self.ratio * self.of_of
        )
        return max(0.0, squares) * self.clients / (self.clients - 1) / (self.of * self.of)


def z_of(confidence: float) -> float:
    """The normal quantile of a two-sided interval at `confidence` (0.95: 1.96)."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def two_sided(z: float) -> float:
    """The chance that a standard normal is at least as far from 0 as `z`."""
    return 2 * NormalDist().cdf(-abs(z))
