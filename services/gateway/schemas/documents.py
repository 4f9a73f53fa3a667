"""Documents over HTTP: as accepted, as stored, as changed, as deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, Field, JsonValue

from services.core import ids
from services.core.types.documents import Document, StoredDocument
from services.gateway.schemas.base import Answer, Body, Number, example
from services.gateway.schemas.media import FileOut, ImageOut, RecordingOut
from services.ingest import parse

EXAMPLE = {
    "id": "mug-1",
    "title": "Navy mug with stripes",
    "description": "Stoneware, 350 ml.",
    "sku": "MUG-350-NS",
    "images": ["https://example.com/mug-1.jpg"],
    "attributes": {"price": 12.5, "colour": "navy"},
    "signals": {"popularity": 0.4},
}


class DocumentIn(Body):
    """A product or asset to store: an id, and a title, a description, or a medium."""

    model_config = Body.model_config | example(EXAMPLE)

    id: Annotated[str, Field(pattern=f"^{ids.DOCUMENT_ID.pattern}$")]
    title: Annotated[str, Field(max_length=parse.MAX_TITLE)] = ""
    description: Annotated[str, Field(max_length=parse.MAX_DESCRIPTION)] = ""
    sku: Annotated[str, Field(max_length=parse.MAX_SKU)] | None = None
    images: list[str] = Field(
        default=[],
        description=(
            "Each an http(s) URL, a data URI, `file:<part filename>` in a multipart request, "
            "or a media id of the same index."
        ),
    )
    audio: list[str] = Field(default=[], description="Sounds, referred to like images.")
    video: list[str] = Field(default=[], description="Videos, referred to like images.")
    files: list[str] = Field(default=[], description="PDFs, referred to like images.")
    attributes: dict[str, JsonValue] = Field(
        default={}, description="Free; those declared in the index's settings have its types."
    )
    signals: dict[str, Number] = Field(default={}, description="Business numbers, for ranking.")
    owner: Annotated[str, Field(max_length=parse.MAX_OWNER)] | None = Field(
        default=None, description="Whose data this is, for erasure."
    )
    consent: dict[str, JsonValue] | None = None
    expires_at: AwareDatetime | None = Field(
        default=None, description="From then on no search returns it."
    )


class DocumentsIn(Body):
    """Documents in an object, for clients that cannot send a bare array."""

    documents: list[DocumentIn] = Field(min_length=1)


_ONE = {"$ref": "#/components/schemas/DocumentIn"}
_ARRAY = {"type": "array", "items": _ONE, "minItems": 1}
DOCUMENTS_BODY: Final[dict[str, dict[str, Any]]] = {
    "json": {
        "schema": {"anyOf": [_ARRAY, {"$ref": "#/components/schemas/DocumentsIn"}]},
        "examples": {"array": {"value": [EXAMPLE]}, "object": {"value": {"documents": [EXAMPLE]}}},
    },
    "ndjson": {
        "schema": {"type": "string", "description": "One document a line."},
        "examples": {"lines": {"value": json.dumps(EXAMPLE) + "\n"}},
    },
    "form": {
        "schema": {
            "type": "object",
            "properties": {
                "documents": {"type": "string", "description": "JSON array or NDJSON."},
                "files": {
                    "type": "array",
                    "items": {"type": "string", "format": "binary"},
                    "description": "Media that `file:<filename>` refers to.",
                },
            },
            "required": ["documents"],
        },
        "encoding": {"documents": {"contentType": "application/json"}},
    },
}
"""How `POST .../documents` may be sent, for the OpenAPI document."""


class DocumentOut(Answer):
    """A document as it is shown with a hit."""

    id: str
    title: str
    description: str
    sku: str | None
    images: list[ImageOut]
    audio: list[RecordingOut]
    video: list[RecordingOut]
    files: list[FileOut]
    attributes: dict[str, JsonValue]
    derived: dict[str, JsonValue] = Field(
        description="Found in its pictures: words of the index's `tags` that fit them."
    )
    signals: dict[str, float]
    expires_at: datetime | None

    @classmethod
    def of(cls, document: Document) -> DocumentOut:
        return cls.model_construct(**_shown(document))


class StoredDocumentOut(DocumentOut):
    """A document as it is stored."""

    owner: str | None
    consent: dict[str, JsonValue] | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of_stored(cls, stored: StoredDocument) -> StoredDocumentOut:
        document = stored.document
        return cls(
            **_shown(document),
            owner=document.owner,
            consent=_json(document.consent),
            created_at=stored.created_at,
            updated_at=stored.updated_at,
        )


class DocumentPatchIn(Body):
    """Changes that need no new embedding; a key set to null is removed, others stay."""

    model_config = Body.model_config | example(
        {"attributes": {"price": 9.99}, "signals": {"stock": 3}}
    )

    attributes: dict[str, JsonValue] = Field(default={})
    signals: dict[str, Number | None] = Field(default={})


class DeleteIn(Body):
    """Which documents to delete; an empty filter is refused."""

    model_config = Body.model_config | example({"filter": {"brand": "Acme"}})

    filter: dict[str, JsonValue]


class DeletedOut(Answer):
    deleted: int


def _shown(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "title": document.title,
        "description": document.description,
        "sku": document.sku,
        "images": [ImageOut.of(image) for image in document.images],
        "audio": [RecordingOut.of_recording(one) for one in document.audio],
        "video": [RecordingOut.of_recording(one) for one in document.video],
        "files": [FileOut.of_file(one) for one in document.files],
        "attributes": dict(document.attributes),
        "derived": dict(document.derived),
        "signals": dict(document.signals),
        "expires_at": document.expires_at,
    }


def _json(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else dict(value)
