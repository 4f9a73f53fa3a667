"""Counting the values of attributes over a filtered catalog."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.core.types.facets import Extent, Span, ValueCount
from services.core.types.filters import Filter
from services.core.types.indexes import AttributeType


class FacetStore(Protocol):
    """Both count live, unexpired documents that match; one that lacks the attribute is in none."""

    def values(
        self,
        index: str,
        attribute: str,
        type: AttributeType,
        *,
        filter: Filter | None,
        now: datetime,
        limit: int,
    ) -> list[ValueCount]:
        """The most frequent values, equally frequent ones by value; a document has each tag once.

        Values of another type than the declared one are left out. Tags found in pictures count
        like tags given.
        """

    def extent(
        self,
        index: str,
        attribute: str,
        type: AttributeType,
        spans: Sequence[Span],
        *,
        filter: Filter | None,
        now: datetime,
    ) -> Extent:
        """Of an integer or number attribute: least, greatest, and documents in each span."""
