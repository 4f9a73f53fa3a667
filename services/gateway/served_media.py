"""Answers with the bytes of a medium, whole or a range of them, so that nothing in them can act."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from fastapi import Response
from fastapi.responses import StreamingResponse

from services.core.ports import Ports
from services.core.types.documents import Media

CHUNK_BYTES: Final = 1024 * 1024
"""Read and sent at once: a player that seeks leaves most of a video where it is."""
_FOR_GOOD_S: Final = 365 * 24 * 3600
_RANGE: Final = re.compile(r"bytes=(?:(?P<first>\d{1,15})-(?P<last>\d{1,15})?|-(?P<end>\d{1,15}))")
_PDF: Final = "application/pdf"


def whole(ports: Ports, media: Media, data: bytes) -> Response:
    """A picture of ours that belongs to the medium (itself, its thumbnail, a page)."""
    type = "image/webp" if data.startswith(b"RIFF") else "image/jpeg"
    return Response(data, headers=_headers(ports, media, type))


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
    return {
        "Cache-Control": cache,
        "Content-Type": type,
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        # A PDF is opened by a program of the reader's choice, never inside this origin.
        "Content-Disposition": "attachment" if type == _PDF else "inline",
    }
