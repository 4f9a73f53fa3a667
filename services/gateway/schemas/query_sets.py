"""Query sets over HTTP: judged queries in, counts out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field

from services.core import ids
from services.core.types.evaluations import JudgedQuery, QuerySetInfo
from services.gateway.schemas.base import Answer, Body, Integer, example

MAX_GRADES: Final = 1000
MAX_GRADE: Final = 10
MAX_AT_ONCE: Final = 1000
Id = Annotated[str, Field(pattern=f"^{ids.QUERY_ID.pattern}$")]
Text = Annotated[str, Field(min_length=1)]
Reference = Annotated[
    str,
    Field(
        min_length=1,
        description="A data URI, an http(s) URL, the id of a stored medium, or `file:NAME`.",
    ),
]
Document = Annotated[str, Field(pattern=f"^{ids.DOCUMENT_ID.pattern}$")]
Grade = Annotated[Integer, Field(ge=0, le=MAX_GRADE)]
_QUERY = {"id": "q1", "text": "a striped navy mug", "grades": {"mug-1": 2, "mug-7": 1}}


class JudgedQueryIn(Body):
    """A query (text, media or both) with its graded answers; a grade of 0 is a wrong one."""

    id: Id
    text: Text | None = None
    image: Reference | None = None
    audio: Reference | None = None
    video: Reference | None = None
    category: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    paraphrase_of: Id | None = Field(
        default=None, description="Id of the query of this set that it says in other words."
    )
    grades: Annotated[dict[Document, Grade], Field(max_length=MAX_GRADES)] = Field(
        default={}, description="How right each document is as an answer, to 10; the best is most."
    )


Queries = Annotated[list[JudgedQueryIn], Field(max_length=MAX_AT_ONCE)]


class QuerySetIn(Body):
    """What a query set is to be; more queries may be added afterwards."""

    model_config = Body.model_config | example({"index": "products", "queries": [_QUERY]})

    index: Annotated[str, Field(pattern=f"^{ids.INDEX_NAME.pattern}$")]
    description: Annotated[str, Field(max_length=1000)] = ""
    queries: Queries = Field(default=[])


class QueriesIn(Body):
    """Queries to add; one whose id is there replaces it."""

    model_config = Body.model_config | example({"queries": [_QUERY]})

    queries: Annotated[Queries, Field(min_length=1)]


def body_of(model: str) -> dict[str, dict[str, Any]]:
    """How queries may be sent, for the OpenAPI document."""
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {
        "json": {"schema": schema},
        "form": {
            "schema": {
                "type": "object",
                "required": ["request"],
                "properties": {
                    "request": schema,
                    "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                },
            },
            "encoding": {"request": {"contentType": "application/json"}},
        },
    }


class QuerySetOut(Answer):
    """A query set; `kinds` counts its queries by what they ask with."""

    model_config = Answer.model_config | example(
        {
            "name": "spring",
            "index": "products",
            "description": "",
            "queries": 120,
            "kinds": {"composed": 40, "image": 40, "text": 40},
            "created_at": "2026-11-21T12:00:00Z",
        }
    )

    name: str
    index: str
    description: str
    queries: int
    kinds: dict[str, int]
    created_at: datetime

    @classmethod
    def of(cls, info: QuerySetInfo) -> QuerySetOut:
        return cls(
            name=info.name,
            index=info.index,
            description=info.description,
            queries=sum(info.kinds.values()),
            kinds=dict(info.kinds),
            created_at=info.created_at,
        )


class JudgedQueryOut(Answer):
    """A stored query; of its media only the kinds are shown."""

    id: str
    kind: str
    text: str | None
    media: list[str]
    category: str | None
    paraphrase_of: str | None
    grades: dict[str, int]

    @classmethod
    def of(cls, query: JudgedQuery) -> JudgedQueryOut:
        return cls(
            id=query.id,
            kind=query.kind,
            text=query.text,
            media=[medium.kind for medium in query.media],
            category=query.category,
            paraphrase_of=query.paraphrase_of,
            grades=dict(query.grades),
        )
