"""Media over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field

from services.core.types.documents import Media, PagedFile, Recording
from services.gateway.schemas.base import Answer


def media_url(media_id: str) -> str:
    """Return the address of a medium on this server."""
    return f"/v1/media/{media_id}"


def thumbnail_url(media_id: str) -> str:
    """Return the address of a medium's thumbnail on this server."""
    return f"/v1/media/{media_id}/thumbnail"


MEDIA_BODY: Final[dict[str, dict[str, Any]]] = {
    "form": {
        "schema": {
            "type": "object",
            "properties": {"file": {"type": "string", "format": "binary"}},
            "required": ["file"],
        },
        "example": {"file": "(the bytes of a picture, a sound or a video)"},
    }
}
"""How a query medium is uploaded, for the OpenAPI document."""


class ImageOut(Answer):
    """Where a document's picture can be read."""

    id: str
    url: str
    thumbnail_url: str

    @classmethod
    def of(cls, media_id: str) -> ImageOut:
        return cls(id=media_id, url=media_url(media_id), thumbnail_url=thumbnail_url(media_id))


class RecordingOut(ImageOut):
    """Where a document's sound or video can be read; the thumbnail is a picture of it."""

    duration_s: float

    @classmethod
    def of_recording(cls, recording: Recording) -> RecordingOut:
        return cls(**ImageOut.of(recording.reference).model_dump(), duration_s=recording.duration_s)


class FileOut(ImageOut):
    """Where a document's PDF can be read, page by page at `<url>/pages/<number>`."""

    pages: int

    @classmethod
    def of_file(cls, file: PagedFile) -> FileOut:
        return cls(**ImageOut.of(file.reference).model_dump(), pages=file.pages)


class MediaOut(Answer):
    """A query medium; until it expires, searches can refer to it by `id`.

    Width and height are 0 for a sound; the thumbnail is then a drawing of it.
    """

    id: str
    kind: Literal["image", "audio", "video"]
    url: str
    thumbnail_url: str
    content_type: str
    width: int
    height: int
    bytes: int
    duration_s: float | None = Field(description="Of a sound or a video.")
    sound: bool = Field(description="Whether a sound or a video can be heard.")
    expires_at: datetime | None = Field(description="When it is forgotten.")

    @classmethod
    def of(cls, media: Media) -> MediaOut:
        return cls(
            id=media.id,
            kind=media.kind,  # type: ignore[arg-type]  # checked by pydantic
            url=media_url(media.id),
            thumbnail_url=thumbnail_url(media.id),
            content_type=media.content_type,
            width=media.width,
            height=media.height,
            bytes=media.bytes,
            duration_s=media.duration_s,
            sound=media.sound,
            expires_at=media.expires_at,
        )
