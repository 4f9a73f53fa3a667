"""The `input` of an embeddings request, read and embedded: texts, media and mixes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.core.errors import InputError, NotFound, TooLarge
from services.core.media.kinds import Kind
from services.core.ports import Ports
from services.core.types.vectors import Content, EmbedderInfo, Purpose, Vector
from services.core.vectors import fuse
from services.gateway import query_media
from services.gateway.schemas.embeddings import (
    MAX_CHARACTERS,
    MAX_INPUTS,
    MAX_MEDIA,
    MAX_RECORDINGS,
)
from services.search import able, media
from services.search.parts import SEARCHABLE, Medium


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to embed, as it was written; `field` says where."""

    field: str
    text: str | None
    media: Mapping[Kind, str]


@dataclass(frozen=True, slots=True)
class _Share:
    """One content of a thing to embed; `weight` is how many parts went into it."""

    content: Content
    weight: float


def read(value: Any) -> list[Wanted]:
    """Read what is to be embedded. Raises InputError naming `input[i]`."""
    if isinstance(value, str):
        return [Wanted("input", _text(value, "input"), {})]
    if not isinstance(value, list) or not value:
        raise InputError.at("input", "must be a text, or a list of texts and objects")
    if len(value) > MAX_INPUTS:
        raise TooLarge.at("input", f"must have at most {MAX_INPUTS} entries")
    wanted = [read_one(each, f"input[{place}]") for place, each in enumerate(value)]
    check_number(wanted, field="input")
    return wanted


def read_one(value: Any, field: str, *, kinds: Sequence[Kind] = SEARCHABLE) -> Wanted:
    """Read a text, or an object with a text and media of some kinds. Raises InputError."""
    known = ("text", *(kind.value for kind in kinds))
    if isinstance(value, str):
        return Wanted(field, _text(value, field), {})
    if isinstance(value, int | list):
        raise InputError.at(field, "must be a text or an object; token arrays are not taken")
    if not isinstance(value, dict) or not value:
        raise InputError.at(field, f"must be a text, or an object with some of {', '.join(known)}")
    for name, given in value.items():
        if name not in known:
            raise InputError.at(f"{field}.{name[:64]}", "is not a field we know")
        if not isinstance(given, str):
            raise InputError.at(f"{field}.{name}", "must be a string")
    text = value.get("text")
    return Wanted(
        field,
        None if text is None else _text(text, f"{field}.text"),
        {kind: value[kind] for kind in kinds if kind in value},
    )


def check_number(wanted: Sequence[Wanted], *, field: str) -> None:
    """Raise TooLarge naming `field` when there are more media than a request may have."""
    kinds = [kind for each in wanted for kind in each.media]
    if len(kinds) > MAX_MEDIA:
        raise TooLarge.at(field, f"must have at most {MAX_MEDIA} media")
    if sum(kind is not Kind.IMAGE for kind in kinds) > MAX_RECORDINGS:
        raise TooLarge.at(field, f"must have at most {MAX_RECORDINGS} sounds and videos")


def embed(
    wanted: Sequence[Wanted],
    *,
    embedder: str,
    purpose: Purpose,
    dimensions: int | None,
    ports: Ports,
) -> list[Vector]:
    """Embed each, in order; parts that the embedder cannot take as one give their mean.

    Raises InputError, TooLarge, MediaRefused, FetchFailed, EmbedderDown.
    """
    info = ports.embedder.info(embedder)
    _check_modalities(wanted, info, ports=ports)
    shares = [_shares(each, info, held) for each, held in received(wanted, ports=ports)]
    contents = [share.content for each in shares for share in each]
    rows = iter(ports.embedder.embed(embedder, contents, purpose, dimensions=dimensions))
    return [
        fuse([next(rows) for _ in each], [share.weight for share in each], field=whole.field)
        if len(each) > 1
        else next(rows)
        for whole, each in zip(wanted, shares, strict=True)
    ]


def _check_modalities(wanted: Sequence[Wanted], info: EmbedderInfo, *, ports: Ports) -> None:
    for each in wanted:
        for kind in (*(["text"] if each.text is not None else []), *each.media):
            able.check_modality(
                kind,
                info,
                field=f"{each.field}.{kind}" if each.media else each.field,
                embedder=ports.embedder,
                change="name one of them as `model`",
            )


def received(
    wanted: Sequence[Wanted], *, ports: Ports, field: str = "input"
) -> list[tuple[Wanted, dict[Kind, bytes]]]:
    """The media of each, fetched and checked, together not larger than a request may be.

    Raises InputError, MediaRefused and FetchFailed naming the medium, TooLarge naming `field`.
    """
    most = ports.settings.server.max_request_bytes
    until = media.patience(ports)
    total = 0
    found = []
    for each in wanted:
        held = {}
        for kind, reference in each.media.items():
            place = f"{each.field}.{kind}"
            held[kind] = _medium(kind, reference, place, ports=ports, until=until)
            total += len(held[kind])
            if total > most:
                raise TooLarge.at(field, f"has media of more than {most} bytes together")
        found.append((each, held))
    return found


def _medium(kind: Kind, reference: str, field: str, *, ports: Ports, until: float) -> bytes:
    medium = Medium.named(kind, reference, field=field)
    if medium.media_id is not None:
        try:
            stored = query_media.find(ports, medium.media_id)
        except NotFound as error:
            raise InputError.at(field, f"is not a {kind.noun} we have, or no longer") from error
        media.check_stored(
            stored, kind, field=field, limits=ports.settings.media, now=ports.clock()
        )
    return media.read(medium, field=field, ports=ports, until=until)


def _shares(wanted: Wanted, info: EmbedderInfo, received: Mapping[Kind, bytes]) -> list[_Share]:
    text, image = wanted.text, received.get(Kind.IMAGE)
    shares = []
    if info.joint and text is not None and image is not None:
        shares.append(_Share(Content(text=text, image=image), 2.0))
    else:
        shares += [] if text is None else [_Share(Content(text=text), 1.0)]
        shares += [] if image is None else [_Share(Content(image=image), 1.0)]
    if (sound := received.get(Kind.AUDIO)) is not None:
        shares.append(_Share(Content(audio=sound), 1.0))
    if (video := received.get(Kind.VIDEO)) is not None:
        shares.append(_Share(Content(video=video), 1.0))
    return shares


def _text(text: str, field: str) -> str:
    if not text.strip():
        raise InputError.at(field, "must not be blank")
    if len(text) > MAX_CHARACTERS:
        raise TooLarge.at(field, f"must have at most {MAX_CHARACTERS} characters")
    return text
