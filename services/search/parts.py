"""What can be searched with: words, a medium or a document, and how much it counts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from services.core import ids
from services.core.errors import InputError
from services.core.media.kinds import Kind

MAX_WEIGHT: Final = 10.0
MAX_URL_CHARACTERS: Final = 2048
SEARCHABLE: Final = (Kind.IMAGE, Kind.AUDIO, Kind.VIDEO)
"""What a query may hold; the names are those of its fields."""
_ADDRESSES: Final = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Medium:
    """A picture, a sound or a video to search with, given in exactly one of three ways.

    `data` is encoded bytes as received, `url` an http(s) address or a data URI, `media_id` names
    what we hold.
    """

    kind: Kind
    data: bytes | None = None
    url: str | None = None
    media_id: str | None = None

    @classmethod
    def named(cls, kind: Kind, reference: str, *, field: str) -> Medium:
        """Make it of a reference: data URI, http(s) URL, `media:<id>` or `<id>`.

        Raises InputError naming `field` for any other form.
        """
        if reference.lower().startswith((*_ADDRESSES, "data:")):
            return cls(kind, url=reference)
        media_id = reference.removeprefix("media:")
        if ids.MEDIA_ID.fullmatch(media_id):
            return cls(kind, media_id=media_id)
        raise InputError.at(field, f"must be an http(s) URL, a data:{kind}/... URI or a media id")


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to search with (exactly one of the three) and how much it counts.

    A negative `weight` steers away. `field` is how the caller wrote it, for errors (`text`,
    `parts[2].image`).
    """

    text: str | None = None
    medium: Medium | None = None
    document_id: str | None = None
    weight: float = 1.0
    field: str = ""

    @property
    def kind(self) -> str:
        """`text`, `document` or the medium's kind."""
        if self.medium is not None:
            return self.medium.kind.value
        return "text" if self.text is not None else "document"


def check_part(part: Part, field: str, *, longest_text: int) -> None:
    """Raise InputError naming `field` and the limit unless the part makes sense."""
    if sum(each is not None for each in (part.text, part.medium, part.document_id)) != 1:
        raise InputError.at(field, "must be exactly one of text, image, audio, video, document_id")
    if not (math.isfinite(part.weight) and abs(part.weight) <= MAX_WEIGHT):
        raise InputError.at(
            f"{field}.weight", f"must be a number from -{MAX_WEIGHT:g} to {MAX_WEIGHT:g}"
        )
    if part.text is not None:
        _check_text(part.text, field, longest=longest_text)
    if part.medium is not None:
        _check_medium(part.medium, field)
    if part.document_id is not None:
        ids.check_document_id(part.document_id, field=field)


def _check_text(text: str, field: str, *, longest: int) -> None:
    if not text.strip():
        raise InputError.at(field, "must not be blank")
    if len(text) > longest:
        raise InputError.at(field, f"must have at most {longest} characters, has {len(text)}")
    # Neither survives the way to the tokeniser and the database.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InputError.at(field, "must not hold NUL characters or unpaired surrogates")


def _check_medium(medium: Medium, field: str) -> None:
    if sum(each is not None for each in (medium.data, medium.url, medium.media_id)) != 1:
        raise InputError.at(field, "must be exactly one of bytes, an address and a media id")
    if medium.data is not None and not medium.data:
        raise InputError.at(field, "must not be empty")
    if medium.url is not None:
        _check_url(medium.url, field, kind=medium.kind)
    if medium.media_id is not None and not ids.MEDIA_ID.fullmatch(medium.media_id):
        raise InputError.at(field, "must be a media id: med_ and 32 characters")


def _check_url(url: str, field: str, *, kind: Kind) -> None:
    if url.lower().startswith("data:"):
        return
    if not url.lower().startswith(_ADDRESSES):
        raise InputError.at(field, f"must be an http(s) URL or a data:{kind}/... URI")
    if len(url) > MAX_URL_CHARACTERS:
        raise InputError.at(field, f"must have at most {MAX_URL_CHARACTERS} characters")
