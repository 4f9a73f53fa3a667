"""Counting the values of attributes over a filtered catalog."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.core.types.facets import Counted, Facet
from services.core.types.filters import Filter
from services.core.types.indexes import AttributeType


class FacetStore(Protocol):
    def count(
        self,
        index: str,
        facets: Sequence[Facet],
        types: Mapping[str, AttributeType],
        *,
        filter: Filter | None,
        now: datetime,
        limit: int,
    ) -> tuple[Counted, ...]:
        """Count each facet over the live, unexpired documents that match.

        Of strings, booleans and tags the `limit` most frequent values, equally frequent ones by
        value, a document's tag once; of integers and numbers the extent. Tags found in pictures
        count like tags given. A document that lacks the attribute, or has a value of another type
        than `types` declares, counts nowhere.
        """
