"""Pictures written into a request as `data:image/...;base64,...`."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from services.core.errors import InputError, TooLarge

_HEAD: Final = re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,", re.IGNORECASE)
_LONGEST_HEAD: Final = 64


def decode(uri: str, *, limit_bytes: int, field: str) -> bytes:
    """Return the bytes; the type they claim is not believed, `normalise` looks for itself.

    Raises InputError or TooLarge, naming `field` and the limit.
    """
    head = _HEAD.match(uri[:_LONGEST_HEAD])
    if head is None:
        raise InputError.at(field, "must be data:image/...;base64, followed by base64")
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
