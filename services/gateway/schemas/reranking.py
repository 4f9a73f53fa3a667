"""Reranking over HTTP in the shape that clients of Cohere and Jina speak, pictures too."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from services.gateway.schemas.base import Answer, Body, Flag, Integer, example
from services.gateway.schemas.embeddings import MAX_CHARACTERS, UsageOut

MAX_DOCUMENTS = 1000
_TEXT = {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS}
_SIDE = {
    "anyOf": [
        _TEXT,
        {
            "type": "object",
            "properties": {
                "text": _TEXT,
                "image": {"type": "string", "description": "Data URI, URL or media id."},
            },
            "additionalProperties": False,
            "minProperties": 1,
        },
    ],
    "description": "A text, or an object with text, picture or both.",
}
_DOCUMENTS = {"type": "array", "items": _SIDE, "minItems": 1, "maxItems": MAX_DOCUMENTS}


class RerankIn(Body):
    """What to order, and by which question."""

    model_config = Body.model_config | example(
        {"query": "a red mug", "documents": ["A mug of red clay.", "A phone case."], "top_n": 1},
        {
            "model": "pocket",
            "query": {"image": "https://example.com/leopard.jpg"},
            "documents": [{"text": "Case with spots", "image": "https://example.com/case.jpg"}],
        },
    )

    model: Annotated[str, Field(min_length=1, max_length=512)] | None = Field(
        default=None,
        description="A cross-encoder of this deployment (default: its first), or an embedder.",
    )
    query: Annotated[Any, WithJsonSchema(_SIDE)]
    documents: Annotated[list[Any], WithJsonSchema(_DOCUMENTS)]
    top_n: Annotated[Integer, Field(ge=1)] | None = Field(
        default=None, description="Return only so many, the best ones."
    )
    return_documents: Flag = False


class RerankedDocumentOut(Answer):
    text: str | None = None
    image: str | None = None


class RerankResultOut(Answer):
    index: int = Field(description="Place in `documents`, from 0.")
    relevance_score: float = Field(ge=0, le=1)
    document: RerankedDocumentOut | None = Field(
        default=None, description="As it was sent; null unless `return_documents`."
    )


class ApiVersionOut(Answer):
    version: str = "1"


class RerankMetaOut(Answer):
    api_version: ApiVersionOut = ApiVersionOut()


class RerankOut(Answer):
    id: str
    model: str
    results: list[RerankResultOut] = Field(description="The most relevant first.")
    usage: UsageOut = UsageOut()
    meta: RerankMetaOut = RerankMetaOut()
