"""The forms in which a document may refer to a medium."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from services.core import ids
from services.core.errors import InputError
from services.core.media.kinds import Kind
from services.ingest.values import check_text

MAX_URL_CHARACTERS: Final = 2048
MAX_NAME_CHARACTERS: Final = 1024
STAGED: Final = "staged/"
"""Prefix of the media store's keys of bytes that wait to be prepared."""


class Form(StrEnum):
    """`stage` is what uploads and data URIs become at acceptance; callers cannot write it."""

    URL = "url"
    DATA = "data"
    FILE = "file"
    MEDIA = "media"
    PATH = "path"
    STAGE = "stage"


REQUEST_FORMS: Final = frozenset({Form.URL, Form.DATA, Form.FILE, Form.MEDIA})
IMPORT_FORMS: Final = frozenset({Form.URL, Form.DATA, Form.PATH, Form.MEDIA})
_PREFIXES: Final = {
    "data:": Form.DATA,
    "file:": Form.FILE,
    "media:": Form.MEDIA,
    "path:": Form.PATH,
    "stage:": Form.STAGE,
}


def form(reference: str) -> Form | None:
    """Which form a reference has; None for none we know."""
    if reference.lower().startswith(("http://", "https://")):
        return Form.URL
    if ids.MEDIA_ID.fullmatch(reference):
        return Form.MEDIA
    return next((form for prefix, form in _PREFIXES.items() if reference.startswith(prefix)), None)


def name(reference: str) -> str:
    """What follows the prefix: the media id, part name, relative path or stage id."""
    if ids.MEDIA_ID.fullmatch(reference):
        return reference
    return reference.partition(":")[2]


def check(
    reference: object, *, allowed: frozenset[Form], field: str, kind: Kind = Kind.IMAGE
) -> str:
    """Return the reference in its canonical form, or raise InputError naming `field`."""
    if not isinstance(reference, str):
        raise InputError.at(field, f"must be a string that refers to a {kind.noun}")
    check_text(reference, field=field)
    found = form(reference)
    if found is None or found not in allowed:
        shown = [_EXAMPLES[each] for each in Form if each in allowed]
        raise InputError.at(field, f"must be one of: {', '.join(shown).format(_DATA[kind])}")
    if found is Form.URL and len(reference) > MAX_URL_CHARACTERS:
        raise InputError.at(field, f"must have at most {MAX_URL_CHARACTERS} characters")
    if found is Form.DATA:
        return reference
    if found is Form.MEDIA:
        if not ids.MEDIA_ID.fullmatch(name(reference)):
            raise InputError.at(field, f"must be media:<id> with the id of a stored {kind.noun}")
        return f"media:{name(reference)}"
    if found is not Form.URL and not 0 < len(name(reference)) <= MAX_NAME_CHARACTERS:
        raise InputError.at(
            field, f"must name 1 to {MAX_NAME_CHARACTERS} characters after the colon"
        )
    return reference


def staged_keys(references: Iterable[str]) -> list[str]:
    """Keys in the media store of the staged bytes among these references."""
    return [STAGED + name(each) for each in references if form(each) is Form.STAGE]


_DATA: Final = {
    Kind.IMAGE: "image/...",
    Kind.AUDIO: "audio/...",
    Kind.VIDEO: "video/...",
    Kind.FILE: "application/pdf",
}
_EXAMPLES: Final = {
    Form.URL: "an http(s) address",
    Form.DATA: "data:{};base64,...",
    Form.FILE: "file:<name of an uploaded part>",
    Form.MEDIA: "media:<id>",
    Form.PATH: "path:<file in the import's folder>",
    Form.STAGE: "stage:<id>",
}
