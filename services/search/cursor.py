"""The opaque cursor: where the next page starts, sealed together with the request it belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterator
from typing import Final

from services.core.errors import InputError
from services.search.parts import Part
from services.search.request import SearchRequest

_OFFSET_BYTES: Final = 4
_SEAL_BYTES: Final = 14
# Together a multiple of 3, so that base64 has no idle bits that could be changed unnoticed.


def encode(offset: int, request: SearchRequest, *, secret: bytes, also: str = "") -> str:
    """Make the cursor of the page of this request that starts at `offset`.

    `also` is whatever else the order depends on.
    """
    start = offset.to_bytes(_OFFSET_BYTES)
    return base64.urlsafe_b64encode(start + _seal(start, request, secret, also)).decode()


def decode(
    cursor: str, request: SearchRequest, *, secret: bytes, max_offset: int, also: str = ""
) -> int:
    """Return the offset. Raises InputError at `cursor` unless we made it for this request.

    The same request may ask for another `limit`, for `explain`, `suggest` or other `facets`, none
    of which changes the order; nothing else may differ, nor `also`.
    """
    try:
        raw = base64.b64decode(cursor, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if base64.urlsafe_b64encode(raw).decode() != cursor:  # + and / are read as - and _ are
        raw = b""
    start, seal = raw[:_OFFSET_BYTES], raw[_OFFSET_BYTES:]
    if not hmac.compare_digest(seal, _seal(start, request, secret, also)):
        raise InputError.at("cursor", "is not one that was given for this very request")
    offset = int.from_bytes(start)
    if offset > max_offset:
        raise InputError.at("cursor", f"is beyond the last offset, {max_offset}")
    return offset


def fingerprint(request: SearchRequest, *, secret: bytes, also: str = "") -> bytes:
    """The same bytes for every page of this request, and hardly for any other."""
    return _seal(b"", request, secret, also)


def _seal(start: bytes, request: SearchRequest, secret: bytes, also: str) -> bytes:
    digest = hmac.new(secret, b"search cursor", hashlib.sha256)
    for piece in (start, *_pieces(request), *((also.encode(),) if also else ())):
        # The length first, so that no two lists of pieces read the same.
        digest.update(len(piece).to_bytes(8) + piece)
    return digest.digest()[:_SEAL_BYTES]


def _pieces(request: SearchRequest) -> Iterator[bytes]:
    asked = (
        request.index,
        request.target.value,
        request.filter,
        request.min_score,
        request.group_by.value,
        request.hybrid,
        request.rrf_k,
        request.fusion,
        request.rerank,
        sorted((request.max_per or {}).items()),
        request.understand,
        request.sort,
    )
    yield repr(asked).encode()
    for part in request.parts:
        yield from _part_pieces(part)


def _part_pieces(part: Part) -> Iterator[bytes]:
    medium = part.medium
    named = () if medium is None else (medium.kind.value, medium.url, medium.media_id)
    data = None if medium is None else medium.data
    yield repr((part.text, named, part.document_id)).encode()
    yield b"" if data is None else hashlib.sha256(data).digest()
    yield repr(float(part.weight)).encode()
