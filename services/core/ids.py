"""Names and ids: what they may look like and how they are made."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.core.errors import InputError

INDEX_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
DOCUMENT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
ATTRIBUTE_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
MEDIA_ID: Final = re.compile(r"med_[a-z2-7]{32}")
SAVED_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
"""What people call things that they save: configurations, query sets, experiments."""
CLIENT_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
"""Whatever a caller tells its clients apart by: visible ASCII."""
EVENT_ID: Final = re.compile(r"[!-~]{1,128}")
IDEMPOTENCY_KEY: Final = re.compile(r"[!-~]{1,255}")
QUERY_ID: Final = re.compile(r"\S{1,128}")
"""Of a judged query, and where a page of them goes on."""
JOB_ID: Final = re.compile(r"job_[0-9a-f]{28}")
KEY_ID: Final = re.compile(r"key_[0-9a-f]{28}")
KEY_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]*")
EVALUATION_ID: Final = re.compile(r"eval_[0-9a-f]{28}")
QUEUE_NAME: Final = re.compile(r"[a-z]{1,16}(\.[a-z]{1,16})?")
CURSOR: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")
ITEM_CURSOR: Final = re.compile(r"[0-9]{1,18}")
_NAME_SHAPE: Final = "must be 1-48 small letters, digits or '_', beginning with a letter"
_CURSOR_SHAPE: Final = "must be the 'next_cursor' of the page before"
SHAPES: Final[Mapping[re.Pattern[str], str]] = {
    INDEX_NAME: _NAME_SHAPE,
    ATTRIBUTE_NAME: _NAME_SHAPE,
    SAVED_NAME: "must be 1-64 small letters, digits, '.', '_' or '-', "
    "beginning with a letter or digit",
    DOCUMENT_ID: "must be 1-128 letters, digits, '.', '_' or '-', beginning with a letter or digit",
    MEDIA_ID: "must be 'med_' and 32 small letters and digits",
    CLIENT_ID: "must be 1-128 visible ASCII characters",
    EVENT_ID: "must be 1-128 visible ASCII characters",
    IDEMPOTENCY_KEY: "must be 1-255 visible ASCII characters",
    QUERY_ID: "must be 1-128 characters, none of them a space",
    JOB_ID: "must be 'job_' and 28 hexadecimal digits",
    KEY_ID: "must be 'key_' and 28 hexadecimal digits",
    KEY_NAME: "must not hold control characters",
    EVALUATION_ID: "must be 'eval_' and 28 hexadecimal digits",
    QUEUE_NAME: "must be a word in small letters, or two with a dot between",
    CURSOR: _CURSOR_SHAPE,
    ITEM_CURSOR: _CURSOR_SHAPE,
}
"""What a name must be, in words."""
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
"""What follows the prefix of the ids of media and the keys of clients."""


def check_index_name(name: str, *, field: str = "index") -> str:
    """Return `name`, or raise InputError naming `field`."""
    if not INDEX_NAME.fullmatch(name):
        raise InputError.at(field, SHAPES[INDEX_NAME])
    return name


def check_document_id(document_id: str, *, field: str = "id") -> str:
    """Return `document_id`, or raise InputError naming `field`."""
    if not DOCUMENT_ID.fullmatch(document_id):
        raise InputError.at(field, SHAPES[DOCUMENT_ID])
    return document_id


class Source(StrEnum):
    """The part of a document that a view shows."""

    WORDS = ""
    IMAGES = "i"
    AUDIO = "a"
    VIDEO = "v"
    FILES = "f"


@dataclass(frozen=True, slots=True)
class ViewName:
    """What a view's id says: which facet of which document, and where in its media.

    `place` counts the document's media of that source from 0; `page` counts from 1.
    Ids look like `mug-1:text:0`, `mug-1:image:2`, `talk:audio:0:0-5000` (milliseconds),
    `talk:audio:v0:0-5000` (a video's sound track), `manual:image:f0:p3` and `manual:text:f0:p3`.
    """

    document_id: str
    modality: str
    source: Source = Source.WORDS
    place: int = 0
    start_ms: int | None = None
    end_ms: int | None = None
    page: int | None = None

    def __str__(self) -> str:
        """The id."""
        usual = _USUAL_SOURCE.get(self.modality) is self.source
        parts = [self.document_id, self.modality, f"{'' if usual else self.source}{self.place}"]
        if self.start_ms is not None:
            parts.append(f"{self.start_ms}-{self.end_ms}")
        if self.page is not None:
            parts.append(f"p{self.page}")
        return ":".join(parts)

    @classmethod
    def parse(cls, view_id: str) -> ViewName:
        """Read an id that `str` made. Raises ValueError for any other."""
        match = _VIEW_ID.fullmatch(view_id)
        if match is None:
            raise ValueError(f"{view_id!r} is no view id")
        found = match.groupdict()
        modality = found["modality"]
        source = Source(found["source"]) if found["source"] else _USUAL_SOURCE[modality]
        return cls(
            found["document"],
            modality,
            source,
            int(found["place"]),
            *(
                None if found[each] is None else int(found[each])
                for each in ("start", "end", "page")
            ),
        )


_USUAL_SOURCE: Final = {
    "text": Source.WORDS,
    "image": Source.IMAGES,
    "combined": Source.IMAGES,
    "audio": Source.AUDIO,
    "video": Source.VIDEO,
}
_VIEW_ID: Final = re.compile(
    r"(?P<document>[^:]+):(?P<modality>text|image|combined|audio|video):"
    r"(?P<source>[iavf]?)(?P<place>[0-9]+)"
    r"(?::(?P<start>[0-9]+)-(?P<end>[0-9]+))?(?::p(?P<page>[0-9]+))?"
)


def view_id(document_id: str, modality: str, ordinal: int) -> str:
    """Primary key of a view of words or of a picture: the same facet always gives the same key."""
    return f"{document_id}:{modality}:{ordinal}"


def media_id(secret: bytes, *, index: str, content_sha256: str) -> str:
    """Content id that nobody without the instance secret can guess or compare across indexes."""
    digest = hmac.new(secret, f"{index}\n{content_sha256}".encode(), hashlib.sha256).digest()
    return "med_" + _base32(digest[:20])


def client_key(secret: bytes, client_id: str) -> str:
    """What is stored of a client: the same for the same, and nobody without the secret can tell."""
    digest = hmac.new(secret, f"client\n{client_id}".encode(), hashlib.sha256).digest()
    return "cl_" + _base32(digest[:16])


def new_id(prefix: str) -> str:
    """Random id that sorts by creation time (to the millisecond), e.g. `job_0197...`."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def new_secret(prefix: str) -> str:
    """A credential with 256 bits of randomness, shown once."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def _base32(raw: bytes) -> str:
    number = int.from_bytes(raw)
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(len(raw) * 8 - 5, -1, -5))
