"""Everything a document refers to, whatever its kind: pictures, sounds, videos and files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from services.core.media.kinds import Kind
from services.core.types.documents import Document

FIELDS: Final = {
    Kind.IMAGE: "images",
    Kind.AUDIO: "audio",
    Kind.VIDEO: "video",
    Kind.FILE: "files",
}
"""The field of a document that holds its media of a kind."""


@dataclass(frozen=True, slots=True)
class Attached:
    """One reference of a document: of which kind, the how manieth of it, and its text."""

    kind: Kind
    place: int
    reference: str

    @property
    def field(self) -> str:
        """The way the caller wrote it, e.g. `audio[0]`."""
        return f"{FIELDS[self.kind]}[{self.place}]"


def of(document: Document) -> list[Attached]:
    """All of a document, kind by kind."""
    named = {
        Kind.IMAGE: document.images,
        Kind.AUDIO: tuple(one.reference for one in document.audio),
        Kind.VIDEO: tuple(one.reference for one in document.video),
        Kind.FILE: tuple(one.reference for one in document.files),
    }
    return [
        Attached(kind, place, reference)
        for kind, references in named.items()
        for place, reference in enumerate(references)
    ]


def media_ids(document: Document) -> tuple[str, ...]:
    """Ids of the media of a stored document."""
    return tuple(one.reference for one in of(document))


def with_references(document: Document, change: Callable[[Attached], str]) -> Document:
    """The document with each reference replaced by what `change` makes of it."""
    new = {(one.kind, one.place): change(one) for one in of(document)}
    return replace(
        document,
        images=tuple(new[Kind.IMAGE, place] for place in range(len(document.images))),
        audio=tuple(
            replace(one, reference=new[Kind.AUDIO, place])
            for place, one in enumerate(document.audio)
        ),
        video=tuple(
            replace(one, reference=new[Kind.VIDEO, place])
            for place, one in enumerate(document.video)
        ),
        files=tuple(
            replace(one, reference=new[Kind.FILE, place])
            for place, one in enumerate(document.files)
        ),
    )
