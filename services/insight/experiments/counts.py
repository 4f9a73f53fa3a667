"""What was counted of an experiment: the numbers that its analysis starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.insight.experiments.estimates import RatioTotals, Share


@dataclass(frozen=True, slots=True)
class BucketCounts:
    """One value of one dimension (brand, category, picture quality, kind of query) of a variant.

    Of a property of products, `clients` are all of the variant's clients and `converted` those who
    reached the goal on such a product: the variant decides what is shown, so clients who were
    shown such a product are not comparable. Of a property of queries (their kind), `clients` are
    those who asked such a query.
    """

    dimension: str
    value: str
    clients: int
    converted: int


@dataclass(frozen=True, slots=True)
class VariantCounts:
    """A variant of an A/B test. A client counts once it made a search, whether or not it did more.

    `converted` clients reached the goal at least once. `searches` are the sums over clients of
    (searches, searches with a click); `latencies_ms` of searches, or a random sample of them;
    `ndcg` of judged queries, 0..1, by query id. Bots and repeats are left out before.
    """

    variant: str
    clients: int
    converted: int
    searches: RatioTotals | None = None
    buckets: tuple[BucketCounts, ...] = ()
    latencies_ms: tuple[float, ...] = ()
    ndcg: Mapping[str, float] = field(default_factory=dict)

    @property
    def share(self) -> Share:
        """Clients that reached the goal."""
        return Share(self.converted, self.clients)


@dataclass(frozen=True, slots=True)
class InterleavingCounts:
    """Interleaved queries by who got more of the goal's events on its documents.

    `ties` have as many on both sides, mostly none. `squares` is the sum over clients of
    (wins - losses)²: what tells how alike one client's queries are; it equals wins + losses where
    every client decided one query. `wins` are the treatment's.
    """

    wins: int
    losses: int
    ties: int
    clients: int
    squares: float

    @classmethod
    def over(cls, queries: Iterable[tuple[str, float, float]]) -> InterleavingCounts:
        """Count (client, control's credit, treatment's credit) of every query, shown or clicked."""
        sums: dict[str, int] = defaultdict(int)
        wins = losses = ties = 0
        for client, control, treatment in queries:
            won, lost = int(treatment > control), int(control > treatment)
            wins, losses, ties = wins + won, losses + lost, ties + 1 - won - lost
            sums[client] += won - lost
        squares = float(sum(total * total for total in sums.values()))
        return cls(wins, losses, ties, len(sums), squares)

    @property
    def queries(self) -> int:
        """All of them, decided or not."""
        return self.wins + self.losses + self.ties

    @property
    def decided(self) -> int:
        """Queries with a winner."""
        return self.wins + self.losses


@dataclass(frozen=True, slots=True)
class InterleavingBucket:
    """Interleaved queries of one value of one dimension, such as the kind of query."""

    dimension: str
    value: str
    counts: InterleavingCounts
