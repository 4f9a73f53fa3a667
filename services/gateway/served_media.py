"""Answers with the bytes of a medium, whole or a range of them, so that nothing in them can act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from fastapi import Response
from fastapi.responses import StreamingResponse

from services.core.ports import Ports
from services.core.types.documents import Media

CHUNK_BYTES: Final = 1024 * 1024
"""Read and sent at once: a player that seeks leaves most of a video where it is."""
_FOR_GOOD_S: Final = 365 * 24 * 3600
_A_WHILE_S: Final = 600
_RANGE: Final = re.compile(r"bytes=(?:(?P<first>\d{1,15})-(?P<last>\d{1,15})?|-(?P<end>\d{1,15}))")
_PDF: Final = "application/pdf"
PICTURE: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The picture",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/webp", "image/jpeg")
        },
    }
}
"""How a route that shows a small picture says so."""


def whole(ports: Ports, media: Media, data: bytes) -> Response:
    """A picture of ours that belongs to the medium (itself, its thumbnail, a page)."""
    return Response(data, headers=_headers(ports, media, _type_of(data)))


def picture(data: bytes) -> Response:
    """A small picture that belongs to no medium, to be looked at for a while."""
    headers = _safe(_type_of(data)) | {"Cache-Control": f"private, max-age={_A_WHILE_S}"}
    return Response(data, headers=headers)


def seekable(
    ports: Ports, media: Media, key: str, *, asked: str | None, if_range: str | None
) -> Response:
    """A recording or a PDF; `asked` is the Range header. 416 for one that begins behind the end.

    Several ranges at once are answered with the whole, as is a range of another version.
    """
    headers = _headers(ports, media, media.content_type)
    headers |= {"Accept-Ranges": "bytes", "ETag": f'"{media.id}"'}
    stale = if_range is not None and if_range != headers["ETag"]
    found = None if asked is None or stale else _RANGE.fullmatch(asked.replace(" ", ""))
    start, stop = (0, media.bytes) if found is None else _bounds(found, media.bytes)
    if start >= stop:
        headers["Content-Range"] = f"bytes */{media.bytes}"
        return Response(status_code=416, headers=headers)
    headers["Content-Length"] = str(stop - start)
    if found is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{media.bytes}"
    status = 200 if found is None else 206
    # Read before the answer begins, so that bytes that are gone are still a proper refusal.
    first = ports.media.part(key, start, min(stop, start + CHUNK_BYTES))
    chunks = _chunks(ports, key, first, start + len(first), stop)
    return StreamingResponse(chunks, status_code=status, headers=headers)


def _bounds(found: re.Match[str], size: int) -> tuple[int, int]:
    """Where the range begins and what it stops before; empty if nothing of it is there."""
    if found["end"] is not None:
        return max(0, size - int(found["end"])), size
    last = size - 1 if found["last"] is None else int(found["last"])
    return int(found["first"]), min(size, last + 1)


def _chunks(ports: Ports, key: str, first: bytes, start: int, stop: int) -> Iterator[bytes]:
    yield first
    while start < stop:
        chunk = ports.media.part(key, start, min(stop, start + CHUNK_BYTES))
        if not chunk:
            return
        start += len(chunk)
        yield chunk


def _headers(ports: Ports, media: Media, type: str) -> dict[str, str]:
    if media.expires_at is None:
        cache = f"private, max-age={_FOR_GOOD_S}, immutable"
    else:
        left = int((media.expires_at - ports.clock()).total_seconds())
        cache = f"private, max-age={max(0, left)}"
    return {"Cache-Control": cache} | _safe(type)


def _type_of(data: bytes) -> str:
    return "image/webp" if data.startswith(b"RIFF") else "image/jpeg"


def _safe(type: str) -> dict[str, str]:
    return {
        "Content-Type": type,
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        # A PDF is opened by a program of the reader's choice, never inside this origin.
        "Content-Disposition": "attachment" if type == _PDF else "inline",
    }
