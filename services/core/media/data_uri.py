"""Media written into a request as `data:image/...;base64,...`."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from services.core.errors import InputError, TooLarge

_RECORDING: Final = (
    r"data:(?:(?:audio|video)/[a-z0-9.+-]{1,40}|application/ogg)"
    r"(?:;codecs=[a-z0-9.,+\-\"]{1,60})?;base64,"
)
"""Browsers record sound as `video/webm` and the other way round, and name the codecs."""
_HEADS: Final = {
    "image": re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,", re.IGNORECASE),
    "audio": re.compile(_RECORDING, re.IGNORECASE),
    "video": re.compile(_RECORDING, re.IGNORECASE),
    "file": re.compile(r"data:application/pdf;base64,", re.IGNORECASE),
}
_SHOWN: Final = {"file": "application/pdf"}
_LONGEST_HEAD: Final = 160


def decode(uri: str, *, limit_bytes: int, field: str, kind: str = "image") -> bytes:
    """Return the bytes; the type they claim is not believed, whoever opens them looks for itself.

    `kind` is `image`, `audio`, `video` or `file` (a PDF). Raises InputError or TooLarge, naming
    `field` and the limit.
    """
    head = _HEADS[kind].match(uri[:_LONGEST_HEAD])
    if head is None:
        shown = _SHOWN.get(kind, f"{kind}/...")
        raise InputError.at(field, f"must be data:{shown};base64, followed by base64")
    body = uri[head.end() :]
    # Four characters hold three bytes: too long a text is refused before it is decoded.
    if len(body) > (limit_bytes + 2) // 3 * 4:
        raise TooLarge.at(field, f"must have at most {limit_bytes} bytes")
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InputError.at(field, "is not valid base64 (RFC 4648, no line breaks)") from error
    if not data:
        raise InputError.at(field, "must not be empty")
    if len(data) > limit_bytes:
        raise TooLarge.at(field, f"must have at most {limit_bytes} bytes")
    return data
