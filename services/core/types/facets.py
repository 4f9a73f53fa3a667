"""What is counted beside a search: an attribute's values or its range, over a filtered catalog."""

from __future__ import annotations

from dataclasses import dataclass

from services.core.types.filters import Scalar


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from `low` up to but without `high`; None: no bound on that side."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Facet:
    """What is asked of one attribute; `spans` are for numbers only."""

    attribute: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueCount:
    """A value, and how many documents have it."""

    value: Scalar
    count: int


@dataclass(frozen=True, slots=True)
class Extent:
    """The least and the greatest of a number attribute (None: no document has it).

    `counts` says how many documents lie in each span that was asked for.
    """

    low: float | None
    high: float | None
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted for a facet: the extent of a number, or values, most frequent first."""

    facet: Facet
    values: tuple[ValueCount, ...] = ()
    extent: Extent | None = None
