"""Counts beside the hits: what values the documents have that the filter leaves.

They cover the whole filtered catalog, whatever the query is like, so they are the same on every
page and do not depend on how deep a search looked.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from services.core.errors import InputError
from services.core.ports import UnitOfWork
from services.core.types.facets import Counted, Facet, Span
from services.core.types.filters import Filter
from services.core.types.indexes import AttributeType

MAX_FACETS: Final = 10
MAX_VALUES: Final = 100
MAX_SPANS: Final = 20
_NUMBERS: Final = (AttributeType.INTEGER, AttributeType.NUMBER)


def check(facets: Sequence[Facet]) -> None:
    """Raise InputError naming the facet and the limit."""
    if len(facets) > MAX_FACETS:
        raise InputError.at("facets", f"must be at most {MAX_FACETS} attributes")
    seen: set[str] = set()
    for place, facet in enumerate(facets):
        field = f"facets[{place}]"
        if facet.attribute in seen:
            raise InputError.at(field, f"asks for {facet.attribute[:64]!r} again")
        seen.add(facet.attribute)
        if len(facet.spans) > MAX_SPANS:
            raise InputError.at(f"{field}.ranges", f"must be at most {MAX_SPANS}")
        for number, span in enumerate(facet.spans):
            _check_span(span, f"{field}.ranges[{number}]")


def check_declared(facets: Sequence[Facet], attributes: Mapping[str, AttributeType]) -> None:
    """Raise InputError for what the index does not filter by, and for ranges of what is no number.

    `attributes` are those that a filter may name, tags found in pictures among them.
    """
    for place, facet in enumerate(facets):
        type = attributes.get(facet.attribute)
        if type is None:
            known = ", ".join(sorted(attributes)) or "none"
            raise InputError.at(
                f"facets[{place}]", f"is not a declared attribute (declared: {known})"
            )
        if facet.spans and type not in _NUMBERS:
            raise InputError.at(f"facets[{place}].ranges", f"are not for a {type} attribute")


def count(
    work: UnitOfWork,
    index: str,
    facets: Sequence[Facet],
    attributes: Mapping[str, AttributeType],
    *,
    filter: Filter | None,
    now: datetime,
) -> tuple[Counted, ...]:
    """Count each facet over the live documents that match the filter."""
    return work.facets.count(index, facets, attributes, filter=filter, now=now, limit=MAX_VALUES)


def _check_span(span: Span, field: str) -> None:
    bounds = [bound for bound in (span.low, span.high) if bound is not None]
    if not all(math.isfinite(bound) for bound in bounds):
        raise InputError.at(field, "must have finite bounds")
    if len(bounds) == 2 and bounds[0] >= bounds[1]:
        raise InputError.at(field, "must begin below its end")
