"""What came of searches, in numbers: by whatever tells them apart, and by document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class By(StrEnum):
    """What tells searches, or the documents they showed, apart."""

    INDEX = "index"
    KIND = "kind"
    CONFIGURATION = "configuration"
    EXPERIMENT = "experiment"
    DAY = "day"
    POSITION = "position"
    CATEGORY = "category"

    @property
    def of_documents(self) -> bool:
        """Whether it tells the documents of one answer apart."""
        return self in (By.POSITION, By.CATEGORY)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` (included) to `until` (excluded), by when it was searched."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Deeds:
    """What was done with documents at one position; each counts once per answer.

    `seen` counts those with an impression or anything else: what was clicked was seen. `told`
    counts those with an impression: with none nobody knows what was seen and left. `key` (and, of
    experiments, `variant`) is what they have in common; None where that is nothing.
    """

    key: str | None
    variant: str | None
    position: int
    seen: int
    clicks: int
    add_to_carts: int
    purchases: int
    told: int = 0


@dataclass(frozen=True, slots=True)
class Answers:
    """Answered pages, and how many of them led to what."""

    key: str | None
    variant: str | None
    searches: int
    clicked: int
    added_to_cart: int
    purchased: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A text that was searched for, case aside. `clicks`: documents clicked, once per answer."""

    text: str
    searches: int
    none_found: int
    clicked: int
    clicks: int


@dataclass(frozen=True, slots=True)
class Judged:
    """What was done with a document that a text found, at one position."""

    text: str
    document: str
    deeds: Deeds


@dataclass(frozen=True, slots=True)
class StoredPropensities:
    """By position from 1 on; `source`: set, estimated, or none (then nothing is corrected)."""

    by_position: tuple[float, ...]
    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LearnedSignal:
    """A document's click rate when it is looked at, drawn to the mean of all where little is known.

    `impressions` are those that were looked at, by the propensities of their positions.
    """

    document: str
    ctr: float
    impressions: float
    clicks: float
