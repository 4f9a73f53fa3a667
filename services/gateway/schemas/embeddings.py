"""Embeddings over HTTP in the shape that OpenAI's clients speak, plus media."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from services.core.types.vectors import Purpose
from services.gateway.schemas.base import Answer, Body, Integer, example

MAX_INPUTS = 2048
MAX_CHARACTERS = 20_000
MAX_MEDIA = 256
MAX_RECORDINGS = 32
_TEXT = {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS}
_MEDIUM = {"type": "string", "description": "Data URI, URL or media id."}
_PART = {
    "type": "object",
    "properties": {
        "text": _TEXT,
        "image": _MEDIUM,
        "audio": _MEDIUM,
        "video": _MEDIUM,
    },
    "additionalProperties": False,
    "minProperties": 1,
}
_INPUT = {
    "anyOf": [
        _TEXT,
        {
            "type": "array",
            "items": {"anyOf": [_TEXT, _PART]},
            "minItems": 1,
            "maxItems": MAX_INPUTS,
        },
    ],
    "description": "One text, or a list of texts and of objects with text, media or both.",
}


class EmbeddingsIn(Body):
    """What to embed. Arrays of token ids are refused: tokens of another model mean nothing here."""

    model_config = Body.model_config | example(
        {"model": "pocket", "input": ["a red mug", "a striped dress"]},
        {"model": "pocket", "input": [{"image": "https://example.com/leopard.jpg"}]},
    )

    input: Annotated[Any, WithJsonSchema(_INPUT)]
    model: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="Name of an embedder; see GET /v1/capabilities."
    )
    dimensions: Annotated[Integer, Field(ge=1, le=32768)] | None = Field(
        default=None, description="One of the embedder's sizes; default: its largest."
    )
    encoding_format: Literal["float", "base64"] = "float"
    user: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="Accepted for compatibility; not stored."
    )
    purpose: Purpose = Field(
        default=Purpose.INDEX,
        description="The side the vectors are for: prompts may differ. Ours, not OpenAI's.",
    )


class EmbeddingOut(Answer):
    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str = Field(
        description="Numbers, or their little-endian float32 bytes in base64."
    )


class UsageOut(Answer):
    """Both are 0: tokens are not counted here."""

    prompt_tokens: int = 0
    total_tokens: int = 0


class EmbeddingsOut(Answer):
    object: Literal["list"] = "list"
    data: list[EmbeddingOut]
    model: str
    usage: UsageOut
