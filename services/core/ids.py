"""Names and ids: what they may look like and how they are made."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from typing import Final

from services.core.errors import InputError

INDEX_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
DOCUMENT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
ATTRIBUTE_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,47}")
MEDIA_ID: Final = re.compile(r"med_[a-z2-7]{32}")
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"


def check_index_name(name: str, *, field: str = "index") -> str:
    """Return `name`, or raise InputError naming `field`."""
    if not INDEX_NAME.fullmatch(name):
        raise InputError.at(
            field, "must be 1-48 characters: a lower-case letter, then letters, digits or _"
        )
    return name


def check_document_id(document_id: str, *, field: str = "id") -> str:
    """Return `document_id`, or raise InputError naming `field`."""
    if not DOCUMENT_ID.fullmatch(document_id):
        raise InputError.at(
            field,
            "must be 1-128 characters: a letter or digit, then letters, digits, '.', '_', '-'",
        )
    return document_id


def view_id(document_id: str, modality: str, ordinal: int) -> str:
    """Primary key of a view: the same document and facet always give the same key."""
    return f"{document_id}:{modality}:{ordinal}"


def media_id(secret: bytes, *, index: str, content_sha256: str) -> str:
    """Content id that nobody without the instance secret can guess or compare across indexes."""
    digest = hmac.new(secret, f"{index}\n{content_sha256}".encode(), hashlib.sha256).digest()
    return "med_" + _base32(digest[:20])


def new_id(prefix: str) -> str:
    """Random id that sorts by creation time (to the millisecond), e.g. `job_0197...`."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def new_secret(prefix: str) -> str:
    """A credential with 256 bits of randomness, shown once."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def _base32(raw: bytes) -> str:
    number = int.from_bytes(raw)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(len(raw) * 8 - 5, -1, -5))
