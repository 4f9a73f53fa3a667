"""A document as the caller gave it and as we hold it, and the media it owns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

Json: TypeAlias = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class Recording:
    """A sound or a video of a document; its facts are known once it is stored.

    `reference` is what `Document.images` holds: a reference on the way in, then a media id.
    `sound` tells whether there is a sound track (always, for a sound), `sound_s` when it ends;
    `duration_s` is where the pictures of a video end.
    """

    reference: str
    duration_s: float = 0.0
    sound: bool = True
    sound_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PagedFile:
    """A PDF of a document; the rest is known once it is stored.

    `worded` are the numbers, from 1, of the pages that have text.
    """

    reference: str
    pages: int = 0
    worded: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A product or asset.

    `images` holds references on the way in (https URL, data URI, `media:<id>`, `file:<name>`)
    and media ids once the document is stored; `audio`, `video` and `files` likewise.
    """

    id: str
    title: str = ""
    description: str = ""
    sku: str | None = None
    images: tuple[str, ...] = ()
    attributes: Mapping[str, Json] = field(default_factory=dict)
    signals: Mapping[str, float] = field(default_factory=dict)
    owner: str | None = None
    consent: Mapping[str, Json] | None = None
    expires_at: datetime | None = None
    audio: tuple[Recording, ...] = ()
    video: tuple[Recording, ...] = ()
    files: tuple[PagedFile, ...] = ()
    derived: Mapping[str, Json] = field(default_factory=dict)
    """Attributes we found ourselves (tags of its pictures); callers cannot write them."""

    def filterable(self) -> dict[str, Json]:
        """What filters compare: what was given and what was found; their names never meet."""
        return {**self.attributes, **self.derived}


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document in SQL, with what is needed to keep the vector index in step with it.

    `sequence` is that of the write that made it (a later acknowledged write wins); `views` are
    the ids its rows have in the active collection; `in_sync` is False while the filter columns
    or the deletion have not yet reached the vector index.
    """

    index: str
    document: Document
    sequence: int
    views: tuple[str, ...]
    in_sync: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Media:
    """A medium we keep: its clean bytes and a thumbnail lie in the media store under its id.

    `kind` is `image`, `audio`, `video` or `file` (a PDF). Width and height are 0 for a sound and a
    PDF; `duration_s`, `sound` and `sound_s` are for recordings (see `Recording`), `pages` and
    `worded` for PDFs (see `PagedFile`).
    """

    id: str
    index: str | None
    kind: str
    content_type: str
    width: int
    height: int
    bytes: int
    sha256: str
    owner: str | None
    created_at: datetime
    expires_at: datetime | None
    duration_s: float | None = None
    sound: bool = False
    pages: int | None = None
    sound_s: float = 0.0
    worded: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentPatch:
    """Changes that need no new embedding: a key set to None is removed."""

    attributes: Mapping[str, Json] = field(default_factory=dict)
    signals: Mapping[str, float | None] = field(default_factory=dict)
