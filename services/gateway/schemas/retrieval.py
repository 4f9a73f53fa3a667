"""How a search retrieves, over HTTP: weights, fusion, the ranking by words."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from services.gateway.schemas.base import DESCRIBED, NAMED, Body, Integer, Number, form_of
from services.search import diversity, fuse

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
