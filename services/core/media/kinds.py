"""The kinds of media a document may hold, and how large a file of each may be."""

from __future__ import annotations

from enum import StrEnum

from services.core.errors import MediaRefused
from services.core.settings import MediaLimits


class Kind(StrEnum):
    """What `Media.kind` says; a file is a PDF."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"

    @property
    def noun(self) -> str:
        """What people call it."""
        return {"image": "picture", "audio": "sound", "video": "video", "file": "PDF"}[self.value]


def max_bytes(kind: Kind, limits: MediaLimits) -> int:
    """The largest file of this kind that is taken."""
    match kind:
        case Kind.IMAGE:
            return limits.max_image_bytes
        case Kind.AUDIO:
            return limits.max_audio_bytes
        case Kind.VIDEO:
            return limits.max_video_bytes
        case Kind.FILE:
            return limits.max_pdf_bytes


def check_bytes(data: bytes, kind: Kind, limits: MediaLimits) -> None:
    """Raise MediaRefused `empty_file` or `too_many_bytes`, naming the limit."""
    if not data:
        raise MediaRefused("the file is empty", reason="empty_file")
    most = max_bytes(kind, limits)
    if len(data) > most:
        raise MediaRefused(
            f"the file has {len(data)} bytes; the limit is {most}", reason="too_many_bytes"
        )
