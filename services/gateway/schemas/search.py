"""Searches over HTTP: what is asked and what is answered."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue

from services.core import ids
from services.gateway.schemas.base import Answer, Body, Flag, Integer, Number, example
from services.gateway.schemas.facets import FacetOut, FacetsIn, facet_out
from services.gateway.schemas.hits import HitOut, TakenPartOut
from services.gateway.schemas.rerank import ReportOut, StageIn
from services.gateway.schemas.retrieval import (
    Fusion,
    HybridIn,
    MaxPer,
    Sort,
    SortedOut,
    Weight,
    WeightsIn,
)
from services.gateway.schemas.search_example import ANSWER
from services.gateway.schemas.suggestions import SuggestionsOut
from services.gateway.schemas.understanding import UnderstoodOut
from services.search.hits import SearchResponse
from services.search.parts import SEARCHABLE

Text = Annotated[str, Field(min_length=1)]
Reference = Annotated[
    str,
    Field(min_length=1, description="A data URI, an http(s) URL, or the id of a stored medium."),
]
Document = Annotated[str, Field(pattern=f"^{ids.DOCUMENT_ID.pattern}$")]
SavedName = Annotated[str, Field(pattern=f"^{ids.SAVED_NAME.pattern}$")]
ClientId = Annotated[str, Field(pattern=f"^{ids.CLIENT_ID.pattern}$")]
Target = Literal["any", "text", "image", "combined", "audio", "video"]
PARTS: Final = ("text", "image", "audio", "video", "document_id")
"""What a search may start from."""


class PartIn(Body):
    """One thing to search with, and how much it counts; negative means away from it."""

    text: Text | None = None
    image: Reference | None = None
    audio: Reference | None = None
    video: Reference | None = None
    document_id: Document | None = None
    weight: Weight = 1.0


class NarrowIn(Body):
    """What every search may ask for, whatever it starts from."""

    target: Target = Field(default="any", description="Which views to search.")
    filter: dict[str, JsonValue] | None = Field(
        default=None, description="Over declared attributes.", examples=[{"price": {"lt": 30}}]
    )
    limit: Annotated[Integer, Field(ge=1)] = 10
    offset: Annotated[Integer, Field(ge=0)] = 0
    cursor: Annotated[str, Field(min_length=1, max_length=512)] | None = Field(
        default=None, description="`next_cursor` of the answer before, with the same request."
    )
    min_score: Annotated[Number, Field(ge=-1, le=1)] | None = None
    group_by: Literal["document", "view"] = Field(
        default="document", description="Each document once, or every view that matches."
    )
    suggest: Flag = Field(default=False, description="Say what to try if nothing at all is found.")
    explain: Flag = Field(default=False, description="Add what each part contributed.")
    max_per: MaxPer | None = Field(
        default=None,
        description="Most hits with one value of an attribute.",
        examples=[{"brand": 2}],
    )
    facets: FacetsIn = Field(
        default=[],
        description="Attributes to count over what the filter leaves, whatever the query.",
        examples=[["brand", {"attribute": "price", "ranges": [[None, 20], [20, None]]}]],
    )
    sort: Sort = Field(
        default="relevance",
        description="By relevance, or the best hits by a declared number attribute.",
        examples=[{"by": "price", "order": "asc"}],
    )
    rerank: list[StageIn] | None = Field(
        default=None, description="Stages that reorder the first hits, one after the other."
    )
    deadline_ms: Integer | None = Field(
        default=None, description="The time all stages have together; default 8000."
    )
    configuration: SavedName | None = Field(
        default=None,
        description="A saved configuration: what this request leaves open is as it says.",
    )
    client_id: ClientId | None = Field(
        default=None,
        description="Who searches, as the caller tells clients apart: experiments go by it.",
    )
    log: Flag = Field(
        default=True, description="Whether it is logged: false where nobody looks at the hits."
    )


class SearchIn(NarrowIn):
    """Text, a picture, a sound, a video, a document, or parts with weights; at least one."""

    model_config = Body.model_config | example(
        {"text": "a striped navy mug", "limit": 5},
        {"text": "a phone case with this", "image": "https://example.com/leopard.jpg"},
        {
            "parts": [{"text": "a summer dress"}, {"text": "flowers", "weight": -0.5}],
            "filter": {"price": {"lt": 60}, "in_stock": True},
        },
        {"audio": "https://example.com/purr.wav", "target": "video", "group_by": "view"},
    )

    text: Text | None = None
    image: Reference | None = None
    audio: Reference | None = None
    video: Reference | None = None
    document_id: Document | None = None
    parts: Annotated[list[PartIn], Field(min_length=1)] | None = None
    weights: WeightsIn | None = None
    hybrid: HybridIn | None = None
    understand: Flag = Field(
        default=False, description="Read prices, sizes and values of the catalog off the text."
    )
    fusion: Fusion | None = Field(
        default=None,
        description=(
            "How text and image become one vector, default: joint if possible; or the weights."
        ),
    )


class SimilarIn(NarrowIn):
    """More like a document, which is itself left out."""

    model_config = Body.model_config | example({"limit": 5, "filter": {"in_stock": True}})


SEARCH_BODY: Final[dict[str, dict[str, Any]]] = {
    "json": {
        "schema": {"$ref": "#/components/schemas/SearchIn"},
        "examples": {
            "words": {"value": {"text": "a striped navy mug", "limit": 5}},
            "both": {
                "value": {
                    "text": "a phone case with this",
                    "image": "https://example.com/leopard.jpg",
                }
            },
            "understood": {
                "value": {
                    "text": "a striped mug under $20",
                    "understand": True,
                    "hybrid": {"lexical": 0.3},
                    "max_per": {"brand": 2},
                    "facets": [
                        "colour",
                        {"attribute": "price", "ranges": [[None, 10], [10, 20], [20, None]]},
                    ],
                }
            },
            "sound": {
                "value": {"audio": "https://example.com/purr.wav", "target": "video", "limit": 5}
            },
        },
    },
    "form": {
        "schema": {
            "type": "object",
            "properties": {
                "request": {"$ref": "#/components/schemas/SearchIn"},
                **{kind.value: {"type": "string", "format": "binary"} for kind in SEARCHABLE},
            },
        },
        "encoding": {"request": {"contentType": "application/json"}},
    },
}
"""How a search may be sent, for the OpenAPI document."""


class SearchOut(Answer):
    """A page of hits, best first."""

    model_config = Answer.model_config | example(ANSWER)

    query_id: str
    hits: list[HitOut]
    no_match: bool = Field(description="True when nothing at all matches, on any page.")
    degraded: bool = Field(description="True when only words could be searched.")
    degraded_reasons: list[str] = Field(
        description="What did not answer: `embedder`, `vectors`. Empty unless degraded."
    )
    rerank: list[ReportOut] = Field(description="The stages that were asked for and in reach.")
    facets: dict[str, FacetOut] = Field(description="By attribute: its values, or its extent.")
    understood: UnderstoodOut | None = Field(description="Null unless asked for.")
    suggestions: SuggestionsOut | None = Field(
        description="Null unless asked for, and nothing was found."
    )
    sorted: SortedOut | None = Field(description="Null where hits are ordered by relevance.")
    experiment: TakenPartOut | None = Field(
        description="Null where the answer is as it would be without any."
    )
    timings_ms: dict[str, float]
    next_cursor: str | None

    @classmethod
    def of(cls, found: SearchResponse, *, experiment: TakenPartOut | None = None) -> SearchOut:
        return cls.model_construct(
            query_id=found.query_id,
            hits=[HitOut.of(hit) for hit in found.hits],
            no_match=found.no_match,
            degraded=found.degraded,
            degraded_reasons=list(found.degraded_reasons),
            rerank=[ReportOut.of(report) for report in found.rerank],
            facets={each.facet.attribute: facet_out(each) for each in found.facets},
            understood=None if found.understood is None else UnderstoodOut.of(found.understood),
            suggestions=None if found.suggestions is None else SuggestionsOut.of(found.suggestions),
            sorted=None if found.sorted is None else SortedOut.of(found.sorted),
            experiment=experiment,
            timings_ms=dict(found.timings_ms),
            next_cursor=found.next_cursor,
        )
