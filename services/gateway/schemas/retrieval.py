"""How a search retrieves, over HTTP: weights, fusion, the ranking by words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from services.gateway.schemas.base import DESCRIBED, NAMED, Answer, Body, Integer, Number, form_of
from services.search import diversity, fuse
from services.search import sort as sorting

Weight = Annotated[Number, Field(ge=-10, le=10)]


MaxPer = Annotated[
    dict[str, Annotated[Integer, Field(ge=1, le=diversity.MAX_HITS)]],
    Field(max_length=diversity.MAX_ATTRIBUTES),
]


class WeightsIn(Body):
    """How much each of the request's own parts counts."""

    text: Weight | None = None
    image: Weight | None = None
    audio: Weight | None = None
    video: Weight | None = None
    document_id: Weight | None = None


Fusion = Annotated[
    Annotated[Literal["joint", "mean"], Tag(NAMED)] | Annotated[WeightsIn, Tag(DESCRIBED)],
    Discriminator(form_of),
]


class HybridIn(Body):
    """A second ranking, by words (BM25), fused with the first by rank."""

    lexical: Annotated[Number, Field(ge=0, le=1)] = Field(
        description="Share of the words' ranking; the vectors have the rest."
    )
    k: Annotated[Integer, Field(ge=1, le=fuse.MAX_K)] = Field(
        default=fuse.K,
        description="Of reciprocal rank fusion: more lets the first ranks lead less.",
    )


class SortIn(Body):
    """A declared number attribute to order the best hits by; those without it come last."""

    by: Annotated[str, Field(min_length=1, max_length=64)]
    order: Literal["asc", "desc"] = "asc"
    among: Annotated[Integer, Field(ge=1, le=sorting.MAX_AMONG)] = Field(
        default=sorting.AMONG,
        description="How many of the best hits by relevance are ordered; there are no others.",
    )


Sort = Annotated[
    Annotated[Literal["relevance"], Tag(NAMED)] | Annotated[SortIn, Tag(DESCRIBED)],
    Discriminator(form_of),
]


def sort_of(asked: str | SortIn) -> sorting.Sort | None:
    """As the flow knows it; None: by relevance."""
    if not isinstance(asked, SortIn):
        return None
    return sorting.Sort(asked.by, descending=asked.order == "desc", among=asked.among)


class SortedOut(Answer):
    """What the order was made of: the best `considered` hits by relevance."""

    by: str
    order: Literal["asc", "desc"]
    considered: int
    complete: bool = Field(description="Whether those are all that match.")

    @classmethod
    def of(cls, made: sorting.Sorted) -> SortedOut:
        return cls(
            by=made.sort.by,
            order="desc" if made.sort.descending else "asc",
            considered=made.considered,
            complete=made.complete,
        )
