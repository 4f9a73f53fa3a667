"""Judgments out of clicks: which documents people wanted for a text, as graded answers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.core.ports import Ports
from services.core.types.analytics import Judged, Period
from services.insight.events.learning import of_its_life, propensities_of
from services.insight.events.propensity import Propensities

LEAST_CLIENTS: Final = 3
"""Texts of fewer clients are left out: one person's taste, and maybe about that person."""
SURE_CLICKS: Final = 3
"""So many clicks, and twice as many as expected, are as good as a purchase."""


@dataclass(frozen=True, slots=True)
class JudgedText:
    """A text with the grades of the documents that people saw for it, 0 (unwanted) to 3.

    `id` is made of the text: the same text has the same in every export.
    """

    id: str
    text: str
    grades: dict[str, int]


def judgments(
    ports: Ports, index: str, period: Period, *, least_clients: int = LEAST_CLIENTS
) -> list[JudgedText]:
    """Grades of the documents that were seen for each text, by text. Raises NotFound.

    Bots, repeated clicks and texts of few clients are left out; positions are corrected for.
    """
    with ports.database.read() as work:
        period = of_its_life(period, work.indexes.get(index))
        rows = work.analytics.by_text(index, period, least_clients=least_clients)
        propensities = propensities_of(work.learning.propensities(index))
    return judged(rows, propensities)


def judged(rows: Sequence[Judged], propensities: Propensities) -> list[JudgedText]:
    """Grade by clicks over the clicks that their positions let expect, and by what followed.

    3: bought, or at least 3 clicks and twice those expected; 2: put into the cart, or at least the
    clicks expected; 1: fewer clicks; 0: none, where at least one was expected. What was seen too
    seldom to tell is not graded. Expected are the clicks that an average document would have had
    at its positions (clicks over expected clicks: Chapelle and Zhang, WWW 2009).
    """
    examined = sum(row.deeds.seen * propensities.at(row.deeds.position) for row in rows)
    usual = sum(row.deeds.clicks for row in rows) / examined if examined else 0.0
    tallies: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
    for row in rows:
        tally = tallies[row.text, row.document]
        tally.expected += usual * row.deeds.seen * propensities.at(row.deeds.position)
        tally.clicks += row.deeds.clicks
        tally.carts += row.deeds.add_to_carts
        tally.purchases += row.deeds.purchases
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    for (text, document), tally in tallies.items():
        grade = tally.grade()
        if grade is not None:
            grades[text][document] = grade
    return [
        JudgedText(_id(text), text, of_text)
        for text, of_text in sorted(grades.items())
        if any(of_text.values())
    ]


@dataclass(slots=True)
class _Tally:
    expected: float = 0.0
    clicks: int = 0
    carts: int = 0
    purchases: int = 0

    def grade(self) -> int | None:
        many = self.clicks >= max(SURE_CLICKS, 2 * self.expected)
        if self.purchases or many:
            return 3
        if self.carts or (self.clicks and self.clicks >= self.expected):
            return 2
        if self.clicks:
            return 1
        return 0 if self.expected >= 1 else None


def _id(text: str) -> str:
    return "q-" + hashlib.sha256(text.encode()).hexdigest()[:16]
