"""The `input` of an embeddings request: a text, or a list of texts, pictures and pairs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.core.errors import InputError, TooLarge
from services.core.ports import Ports
from services.core.types.vectors import Content
from services.gateway.schemas.embeddings import MAX_CHARACTERS, MAX_INPUTS
from services.search import media
from services.search.request import Part, SearchRequest


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to embed, as it was written; `field` says where."""

    field: str
    text: str | None
    image: str | None


def read(value: Any) -> list[Wanted]:
    """Read what is to be embedded. Raises InputError naming `input[i]`."""
    if isinstance(value, str):
        return [Wanted("input", _text(value, "input"), None)]
    if not isinstance(value, list) or not value:
        raise InputError.at("input", "must be a text, or a list of texts and objects")
    if len(value) > MAX_INPUTS:
        raise TooLarge.at("input", f"must have at most {MAX_INPUTS} entries")
    return [_wanted(each, f"input[{place}]") for place, each in enumerate(value)]


def contents(wanted: Sequence[Wanted], *, ports: Ports) -> list[Content]:
    """Get the pictures. Raises InputError, MediaRefused, FetchFailed, NotFound."""
    parts = {
        place: Part.picture(each.image, field=f"{each.field}.image")
        for place, each in enumerate(wanted)
        if each.image is not None
    }
    asked = SearchRequest(index="", parts=tuple(parts.values()))
    pictures = media.resolve(asked, ports=ports) if parts else {}
    found = dict(zip(parts, (pictures[at] for at in range(len(parts))), strict=True))
    return [Content(text=each.text, image=found.get(at)) for at, each in enumerate(wanted)]


def _wanted(value: Any, field: str) -> Wanted:
    if isinstance(value, str):
        return Wanted(field, _text(value, field), None)
    if isinstance(value, int | list):
        raise InputError.at(field, "must be a text or an object; token arrays are not taken")
    if not isinstance(value, dict) or not value:
        raise InputError.at(field, "must be a text, or an object with text, image or both")
    for name, given in value.items():
        if name not in ("text", "image"):
            raise InputError.at(f"{field}.{name[:64]}", "is not a field we know")
        if not isinstance(given, str):
            raise InputError.at(f"{field}.{name}", "must be a string")
    text = value.get("text")
    return Wanted(field, None if text is None else _text(text, f"{field}.text"), value.get("image"))


def _text(text: str, field: str) -> str:
    if not text.strip():
        raise InputError.at(field, "must not be blank")
    if len(text) > MAX_CHARACTERS:
        raise TooLarge.at(field, f"must have at most {MAX_CHARACTERS} characters")
    return text
