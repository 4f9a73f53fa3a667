"""The `input` of an embeddings request, read and embedded: texts, pictures and pairs of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.core.errors import InputError, NotFound, TooLarge
from services.core.ports import Ports
from services.core.types.vectors import Content, EmbedderInfo, Purpose, Vector
from services.core.vectors import fuse
from services.gateway import query_pictures
from services.gateway.schemas.embeddings import MAX_CHARACTERS, MAX_INPUTS
from services.search import media
from services.search.request import Part


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


def embed(
    wanted: Sequence[Wanted],
    *,
    embedder: str,
    purpose: Purpose,
    dimensions: int | None,
    ports: Ports,
) -> list[Vector]:
    """Embed each, in order; a pair that the embedder cannot take as one is the mean of its parts.

    Raises InputError, MediaRefused, FetchFailed, NotFound, EmbedderDown.
    """
    info = ports.embedder.info(embedder)
    _check_modalities(wanted, info)
    contents: list[Content] = []
    places: list[list[int]] = []
    for whole in _contents(wanted, ports=ports):
        parts = [whole] if info.joint else _apart(whole)
        places.append([len(contents) + at for at in range(len(parts))])
        contents += parts
    rows = ports.embedder.embed(embedder, contents, purpose, dimensions=dimensions)
    return [
        rows[at[0]] if len(at) == 1 else fuse([rows[each] for each in at], [1.0] * len(at))
        for at in places
    ]


def _apart(content: Content) -> list[Content]:
    parts = [] if content.text is None else [Content(text=content.text)]
    return parts if content.image is None else [*parts, Content(image=content.image)]


def _check_modalities(wanted: Sequence[Wanted], info: EmbedderInfo) -> None:
    for each in wanted:
        for kind in ("text", "image"):
            if getattr(each, kind) is not None and kind not in info.modalities:
                raise InputError.at(each.field, f"cannot be {kind} for {info.name}")


def _contents(wanted: Sequence[Wanted], *, ports: Ports) -> list[Content]:
    parts = {
        place: Part.picture(each.image, field=f"{each.field}.image")
        for place, each in enumerate(wanted)
        if each.image is not None
    }
    for part in parts.values():
        _check_stored(part, ports=ports)
    found = {
        place: media.picture(part, field=part.field, ports=ports) for place, part in parts.items()
    }
    return [Content(text=each.text, image=found.get(at)) for at, each in enumerate(wanted)]


def _check_stored(part: Part, *, ports: Ports) -> None:
    if part.media_id is None:
        return
    try:
        query_pictures.find(ports, part.media_id)
    except NotFound as error:
        raise InputError.at(part.field, "is not a picture we have, or no longer") from error


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
