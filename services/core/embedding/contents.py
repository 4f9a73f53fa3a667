"""Contents in a message: texts as they are, media as the ids of blobs beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from services.core.embedding.reading import fields_of, flag_of, number_of, text_of, whole_of
from services.core.types.documents import Json
from services.core.types.vectors import Content

_MEDIA: Final = ("image", "audio", "video")
_NAMES: Final = frozenset({"text", *_MEDIA, "start_s", "end_s", "frames", "sound"})
_USUAL: Final = Content()


def media_of(contents: Iterable[Content]) -> list[bytes]:
    """Every medium, in the order in which `write` refers to them."""
    held = (getattr(content, kind) for content in contents for kind in _MEDIA)
    return [medium for medium in held if medium is not None]


def kinds_of(contents: Iterable[Content]) -> tuple[str, ...]:
    """What the contents are made of: those that are alike share a forward pass."""
    kinds = ("text", *_MEDIA)
    return tuple(
        kind for kind in kinds if any(getattr(each, kind) is not None for each in contents)
    )


def write(content: Content, blobs: Iterator[str]) -> Json:
    """The content with the next of `blobs` in place of each medium; what is usual is left out."""
    value: dict[str, Json] = {}
    if content.text is not None:
        value["text"] = content.text
    for kind in _MEDIA:
        if getattr(content, kind) is not None:
            value[kind] = next(blobs)
    for name in ("start_s", "end_s", "frames", "sound"):
        if getattr(content, name) != getattr(_USUAL, name):
            value[name] = getattr(content, name)
    return value


def read(value: Json, where: str, *, take: Callable[[str], bytes]) -> Content:
    """The content that was written; `take` fetches a blob. Raises Broken."""
    given = fields_of(value, where, frozenset(), optional=_NAMES)

    def medium(kind: str) -> bytes | None:
        return take(text_of(given[kind], f"{where}.{kind}")) if kind in given else None

    end_s = given.get("end_s")
    return Content(
        text=text_of(given["text"], f"{where}.text") if "text" in given else None,
        start_s=number_of(given.get("start_s", _USUAL.start_s), f"{where}.start_s"),
        end_s=None if end_s is None else number_of(end_s, f"{where}.end_s"),
        frames=whole_of(given.get("frames", _USUAL.frames), f"{where}.frames"),
        sound=flag_of(given.get("sound", _USUAL.sound), f"{where}.sound"),
        image=medium("image"),
        audio=medium("audio"),
        video=medium("video"),
    )
