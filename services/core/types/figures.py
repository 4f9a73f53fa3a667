"""What an installation says of itself: the ledger in numbers, and what a probe has measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.core.types.jobs import ItemState, JobState


@dataclass(frozen=True, slots=True)
class LedgerFigures:
    """Jobs and items as they are now; a state or code that nothing has may be absent."""

    jobs: Mapping[JobState, int]
    items: Mapping[ItemState, int]
    failed: Mapping[str, int]
    """Items that are failed now, by reason code."""
    oldest: Mapping[ItemState, datetime]
    """Since when the item waits that came first into a state in which it is still to be done."""
    rebuilding: int
    """Documents that rebuilds still have to write."""


class Reference(StrEnum):
    """What a search was held against."""

    EXACT = "exact"
    WIDE = "wide"
    """A search of the same graph that looks much further: it finds nearly everything."""


@dataclass(frozen=True, slots=True)
class RecallProbe:
    """How much of the true nearest views a search by vector finds, when it was last looked at."""

    index: str
    generation: int
    recall: float
    """recall@10, 0 to 1: the mean over the queries."""
    reference: Reference
    queries: int
    views: int
    took_s: float
    at: datetime
