"""What a search asks for, and the check that it makes sense before anything is done."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.core import ids
from services.core.errors import InputError
from services.core.settings import Search
from services.core.types.filters import Filter
from services.core.types.vectors import Modality

MAX_WEIGHT: Final = 10.0
MAX_URL_CHARACTERS: Final = 2048


class Target(StrEnum):
    """Which views are searched; `any` is the best view of each document, whichever it is."""

    ANY = "any"
    TEXT = "text"
    IMAGE = "image"
    COMBINED = "combined"

    @property
    def modalities(self) -> tuple[Modality, ...]:
        if self is Target.ANY:
            return (Modality.TEXT, Modality.IMAGE, Modality.COMBINED)
        return (Modality(self.value),)


class Fusion(StrEnum):
    """How text and picture become one vector: by the embedder itself, or as a weighted mean."""

    JOINT = "joint"
    MEAN = "mean"


class GroupBy(StrEnum):
    """What is one hit: a document (its best view), or each view."""

    DOCUMENT = "document"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to search with (exactly one of the five) and how much it counts.

    `image` is encoded bytes as received; `image_url` an http(s) address or a data URI; a negative
    `weight` steers away. `field` is how the caller wrote it, for errors (`text`, `parts[2].image`).
    """

    text: str | None = None
    image: bytes | None = None
    image_url: str | None = None
    media_id: str | None = None
    document_id: str | None = None
    weight: float = 1.0
    field: str = ""

    @classmethod
    def picture(cls, reference: str, *, weight: float = 1.0, field: str = "image") -> Part:
        """Make the part of an image reference: data URI, http(s) URL, `media:<id>` or `<id>`.

        Raises InputError naming `field` for any other form.
        """
        if reference.lower().startswith(("http://", "https://", "data:")):
            return cls(image_url=reference, weight=weight, field=field)
        media_id = reference.removeprefix("media:")
        if ids.MEDIA_ID.fullmatch(media_id):
            return cls(media_id=media_id, weight=weight, field=field)
        raise InputError.at(field, "must be an http(s) URL, a data:image/... URI or a media id")

    @property
    def is_picture(self) -> bool:
        return self.image is not None or self.image_url is not None or self.media_id is not None


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search of one index.

    `filter` is parsed against the index's attributes. `hybrid` is the share of the words' ranking,
    0..1 (the vectors' has the rest); None searches by vectors only. `fusion` None lets the embedder
    decide. `offset` counts hits; `cursor` is an answer's `next_cursor` and stands for an offset.
    """

    index: str
    parts: tuple[Part, ...]
    target: Target = Target.ANY
    filter: Filter | None = None
    limit: int = 10
    offset: int = 0
    cursor: str | None = None
    min_score: float | None = None
    group_by: GroupBy = GroupBy.DOCUMENT
    hybrid: float | None = None
    fusion: Fusion | None = None
    explain: bool = False

    def field(self, position: int) -> str:
        """How the caller wrote the part at this position."""
        return self.parts[position].field or f"parts[{position}]"

    @property
    def words(self) -> tuple[str, ...]:
        """The texts that are searched for (not those that are steered away from)."""
        return tuple(p.text.strip() for p in self.parts if p.text is not None and p.weight > 0)


def check(request: SearchRequest, *, limits: Search) -> None:
    """Raise InputError naming the field and the limit unless the request makes sense."""
    ids.check_index_name(request.index)
    if not 1 <= len(request.parts) <= limits.max_parts:
        raise InputError.at(
            "parts", f"must be 1 to {limits.max_parts} of text, image and document_id"
        )
    for position, part in enumerate(request.parts):
        _check_part(part, request.field(position), limits=limits)
    if all(part.weight == 0 for part in request.parts):
        raise InputError.at("parts", "needs at least one weight that is not 0")
    _check_page(request, limits=limits)
    _check_hybrid(request)
    score = request.min_score
    if score is not None and not -1 <= score <= 1:
        raise InputError.at("min_score", "must be a cosine similarity, -1 to 1")


def _check_part(part: Part, field: str, *, limits: Search) -> None:
    sources = (part.text, part.image, part.image_url, part.media_id, part.document_id)
    if sum(source is not None for source in sources) != 1:
        raise InputError.at(field, "must be exactly one of text, image and document_id")
    if not (math.isfinite(part.weight) and abs(part.weight) <= MAX_WEIGHT):
        raise InputError.at(
            f"{field}.weight", f"must be a number from -{MAX_WEIGHT:g} to {MAX_WEIGHT:g}"
        )
    if part.text is not None:
        _check_text(part.text, field, longest=limits.max_text_characters)
    if part.image is not None and not part.image:
        raise InputError.at(field, "must not be empty")
    if part.image_url is not None:
        _check_url(part.image_url, field)
    if part.media_id is not None and not ids.MEDIA_ID.fullmatch(part.media_id):
        raise InputError.at(field, "must be a media id: med_ and 32 characters")
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


def _check_url(url: str, field: str) -> None:
    if url.lower().startswith("data:"):
        return
    if not url.lower().startswith(("http://", "https://")):
        raise InputError.at(field, "must be an http(s) URL or a data:image/... URI")
    if len(url) > MAX_URL_CHARACTERS:
        raise InputError.at(field, f"must have at most {MAX_URL_CHARACTERS} characters")


def _check_page(request: SearchRequest, *, limits: Search) -> None:
    if not 1 <= request.limit <= limits.max_limit:
        raise InputError.at("limit", f"must be 1 to {limits.max_limit}")
    if not 0 <= request.offset <= limits.max_offset:
        raise InputError.at("offset", f"must be 0 to {limits.max_offset}")
    if request.cursor is not None and request.offset:
        raise InputError.at("cursor", "cannot be combined with offset: it already says where")


def _check_hybrid(request: SearchRequest) -> None:
    share = request.hybrid
    if share is None:
        return
    if not 0 <= share <= 1:
        raise InputError.at("hybrid", "must be the share of the words' ranking, 0 to 1")
    if not request.words:
        raise InputError.at("hybrid", "needs a text with a positive weight to rank by words")
    if request.group_by is GroupBy.VIEW:
        raise InputError.at("group_by", "cannot be view in a hybrid search: words find documents")
