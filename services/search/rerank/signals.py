"""The stage of business signals: a declared formula that moves a hit a bounded number of places."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.search.rerank.stage import Asked, Candidate, Outcome, Status

SIGNALS: Final = ("popularity", "margin", "stock", "rating", "ctr", "sponsored", "recency")
"""Terms that a formula may weigh; all but `recency` are numbers in `Document.signals`."""
HALF_LIFE_DAYS: Final = 30.0
MAX_PLACES: Final = 20.0


@dataclass(frozen=True, slots=True)
class Signals:
    """A formula.

    Each term has a value from 0 to 1; its weight says how many places a value of 1 is worth
    (negative: down). The sum is cut to plus or minus `max_places`, so that no hit ever passes one
    that stood more than twice that many places above it. Then the hard rules: `pin` first, in this
    order; `bury` last; with `out_of_stock_last` those whose stock is 0 or less behind the others.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    max_places: float = 3.0
    out_of_stock_last: bool = False
    pin: tuple[str, ...] = ()
    bury: tuple[str, ...] = ()
    top: int | None = None

    @property
    def name(self) -> str:
        return "signals"

    def rank(self, asked: Asked, candidates: Sequence[Candidate], *, timeout_s: float) -> Outcome:
        """See Stage.rank; it takes no time worth limiting."""
        del timeout_s
        values = {name: _values(name, candidates, asked.now) for name in self.weights}
        terms = {
            position: {
                name: weight * values[name][position]
                for name, weight in self.weights.items()
                if values[name][position]
            }
            for position in range(len(candidates))
        }
        order = sorted(
            range(len(candidates)),
            key=lambda position: (
                *self._rules(candidates[position]),
                position - self._bounded(sum(terms[position].values())),
                position,
            ),
        )
        return Outcome(Status.APPLIED, tuple(order), terms=terms)

    def _bounded(self, places: float) -> float:
        return max(-self.max_places, min(self.max_places, places))

    def _rules(self, candidate: Candidate) -> tuple[int, int]:
        id = candidate.document.id
        if id in self.pin:
            return (0, self.pin.index(id))
        if id in self.bury:
            return (3, 0)
        stock = candidate.document.signals.get("stock")
        gone = self.out_of_stock_last and stock is not None and stock <= 0
        return (2 if gone else 1, 0)


def _values(name: str, candidates: Sequence[Candidate], now: datetime) -> list[float]:
    if name == "recency":
        return [_recency(candidate.updated_at, now) for candidate in candidates]
    found = [_signal(name, candidate) for candidate in candidates]
    if name == "sponsored":
        return [1.0 if value is not None and value > 0 else 0.0 for value in found]
    return _standing(found)


def _signal(name: str, candidate: Candidate) -> float | None:
    """The document's own; as `ctr`, which few write themselves, else what was learned."""
    own = candidate.document.signals.get(name)
    return candidate.learned_ctr if own is None and name == "ctr" else own


def _recency(updated_at: datetime, now: datetime) -> float:
    days = max(0.0, (now - updated_at).total_seconds() / 86_400)
    return float(0.5 ** (days / HALF_LIFE_DAYS))


def _standing(found: Sequence[float | None]) -> list[float]:
    """The share of the other candidates with a smaller value; 0 without one.

    By standing and not by size: whoever writes signals need not scale them, and one bestseller
    does not flatten all others.
    """
    known = sorted(value for value in found if value is not None)
    others = max(1, len(known) - 1)
    return [0.0 if value is None else bisect_left(known, value) / others for value in found]
