"""What was counted of those who took part in an experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClientTotals:
    """A variant's clients, and sums over them of (searches, searches with a click).

    `converted` reached the goal at least once. `squares` are of searches, `products` of searches
    by clicked ones, `clicked_squares` of clicked ones.
    """

    variant: str
    clients: int
    converted: int
    searches: int
    clicked: int
    squares: int
    products: int
    clicked_squares: int


@dataclass(frozen=True, slots=True)
class KindTotals:
    """Clients of a variant who searched with this kind of query, and reached the goal by one."""

    variant: str
    kind: str
    clients: int
    converted: int


@dataclass(frozen=True, slots=True)
class Reached:
    """A client of a variant reached the goal with a document."""

    variant: str
    client: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Interleaved:
    """An interleaved page, with how often the goal was reached by each variant's documents."""

    client: str
    kind: str
    credit: Mapping[str, int]
