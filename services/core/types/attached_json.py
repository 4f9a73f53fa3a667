"""A document's sounds, videos and files as JSON and back: in the ledger and in its row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.core.types.documents import Document, Json, PagedFile, Recording

_ATTACHED: Final = ("audio", "video", "files")


def dump(document: Document) -> dict[str, Json]:
    """The three lists by the field's name; `recordings` and `files` give equal ones back."""
    return {
        "audio": [_recording(one) for one in document.audio],
        "video": [_recording(one) for one in document.video],
        "files": [
            {"reference": one.reference, "pages": one.pages, "worded": list(one.worded)}
            for one in document.files
        ],
    }


def recordings(raw: Iterable[Mapping[str, Any]]) -> tuple[Recording, ...]:
    """Sounds or videos that `dump` wrote."""
    return tuple(
        Recording(one["reference"], one["duration_s"], one["sound"], one["sound_s"]) for one in raw
    )


def files(raw: Iterable[Mapping[str, Any]]) -> tuple[PagedFile, ...]:
    """Files that `dump` wrote."""
    return tuple(PagedFile(one["reference"], one["pages"], tuple(one["worded"])) for one in raw)


def references(payload: Mapping[str, Json]) -> list[str]:
    """Everything a document's payload refers to, its pictures first; none for any other JSON."""
    images = payload.get("images")
    found = [str(image) for image in images] if isinstance(images, list) else []
    for name in _ATTACHED:
        attached = payload.get(name)
        for one in attached if isinstance(attached, list) else ():
            if isinstance(one, dict) and isinstance(one.get("reference"), str):
                found.append(str(one["reference"]))
    return found


def _recording(one: Recording) -> dict[str, Json]:
    return {
        "reference": one.reference,
        "duration_s": one.duration_s,
        "sound": one.sound,
        "sound_s": one.sound_s,
    }
