"""Facets over HTTP: which attributes to count, and the counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Discriminator, Field, Tag

from services.core.types.facets import Counted, Facet, Span
from services.gateway.schemas.base import DESCRIBED, NAMED, Answer, Body, Number, form_of
from services.search import facets

AttributeName = Annotated[str, Field(min_length=1, max_length=64)]
Bound = Number | None
RangeIn = Annotated[list[Bound], Field(min_length=2, max_length=2)]


class FacetIn(Body):
    """A number attribute, with the ranges to count: from the first up to, without, the second."""

    attribute: AttributeName
    ranges: Annotated[list[RangeIn], Field(max_length=facets.MAX_SPANS)] = Field(
        default=[], examples=[[[None, 20], [20, 50], [50, None]]]
    )


FacetsIn = Annotated[
    list[
        Annotated[
            Annotated[AttributeName, Tag(NAMED)] | Annotated[FacetIn, Tag(DESCRIBED)],
            Discriminator(form_of),
        ]
    ],
    Field(max_length=facets.MAX_FACETS),
]


def facets_of(asked: Sequence[str | FacetIn]) -> tuple[Facet, ...]:
    """As the flow knows them."""
    return tuple(
        Facet(each)
        if isinstance(each, str)
        else Facet(each.attribute, tuple(Span(low, high) for low, high in each.ranges))
        for each in asked
    )


class ValueCountOut(Answer):
    value: str | bool
    count: int


class RangeCountOut(Answer):
    low: float | None = Field(alias="from")
    high: float | None = Field(alias="to")
    count: int


class ExtentOut(Answer):
    """Of a number attribute: its least and greatest (null: no document has it), and the ranges."""

    low: float | None = Field(alias="min")
    high: float | None = Field(alias="max")
    ranges: list[RangeCountOut]


FacetOut = list[ValueCountOut] | ExtentOut


def facet_out(counted: Counted) -> FacetOut:
    """The values with their counts, or the extent of a number."""
    extent = counted.extent
    if extent is None:
        return [
            ValueCountOut.model_construct(value=each.value, count=each.count)
            for each in counted.values
        ]
    ranges = [
        RangeCountOut.model_construct(low=span.low, high=span.high, count=count)
        for span, count in zip(counted.facet.spans, extent.counts, strict=True)
    ]
    return ExtentOut.model_construct(low=extent.low, high=extent.high, ranges=ranges)
