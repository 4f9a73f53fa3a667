"""What a file is by its content, and how much it will unpack to, read without decoding it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.core.errors import MediaRefused
from services.core.media import containers

ACCEPTED: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP")
_OTHERS: Final = (
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip"),
    (b"8BPS", "a Photoshop file"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x0a", "JPEG XL"),
)
_BRANDS: Final = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC"}


def image_format(data: bytes) -> str:
    """Return one of ACCEPTED. Raises MediaRefused `unsupported_type` naming what it looks like."""
    found = _picture(data)
    if found is None:
        raise refused("the picture must be JPEG, PNG, WebP, GIF or BMP", data)
    return found


def is_picture(data: bytes) -> bool:
    """Whether it begins like a picture that we take."""
    return _picture(data) is not None


def refused(demand: str, data: bytes) -> MediaRefused:
    """The error for a file of another type, which says what it looks like."""
    return MediaRefused(
        f"{demand} by its content; this is {_name(data)}", reason="unsupported_type"
    )


def _picture(data: bytes) -> str | None:
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"BM") and data[6:10] == bytes(4):
        return "BMP"
    return None


def webp_size(data: bytes) -> tuple[int, int]:
    """Width and height of a WebP's canvas, from its first chunk. Raises ValueError."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise ValueError("the WebP header is cut off")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")
        return width & 0x3FFF, height & 0x3FFF
    raise ValueError("the WebP has no picture")


def webp_is_cut_off(data: bytes) -> bool:
    """Tell whether the container announces more bytes than there are."""
    return int.from_bytes(data[4:8], "little") + 8 > len(data)


def webp_frames(data: bytes) -> int:
    """Number of frames of an animation; 1 for a still."""
    return max(1, sum(kind == b"ANMF" for kind in _riff_chunks(data)))


def gif_frames(data: bytes, *, at_most: int) -> int:
    """Count frames, no further than `at_most` + 1. Raises EOFError where the file is cut off.

    Pillow's own count keeps state for each frame: a file of a million tiny frames would keep it
    busy for half a minute.
    """
    place, frames = 13 + _table_bytes(_byte(data, 10)), 0
    while frames <= at_most and place < len(data):
        match data[place]:
            case 0x21:
                place = _after_blocks(data, place + 2)
            case 0x2C:
                frames += 1
                place = _after_blocks(data, place + 11 + _table_bytes(_byte(data, place + 9)))
            case _:
                break  # the trailer, or rubbish after the last frame
    if frames == 0 and place >= len(data):
        raise EOFError("the GIF is cut off")
    return frames


def jpeg_scans(data: bytes) -> int:
    """Count the passes over the picture; in image data a marker's 0xFF is always escaped."""
    return data.count(b"\xff\xda")


def _name(data: bytes) -> str:
    picture = _picture(data)
    if picture is not None:
        return f"{picture}, a picture"
    for magic, name in _OTHERS:
        if data.startswith(magic):
            return name
    if data[4:8] == b"ftyp" and data[8:12] in _BRANDS:
        return _BRANDS[data[8:12]]
    container = containers.container(data)
    if container is not None:
        return f"{container.shown}, a recording"
    return _written(data)


def _written(data: bytes) -> str:
    """The name of what is text, or of nothing we know."""
    text = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in text:
        return "SVG"
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")):
        return "HTML (is the address that of a page?)"
    return "something else"


def _table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, place: int) -> int:
    while (size := _byte(data, place)) != 0:
        place += size + 1
    return place + 1


def _byte(data: bytes, place: int) -> int:
    if place >= len(data):
        raise EOFError("the GIF is cut off")
    return data[place]


def _riff_chunks(data: bytes) -> Iterator[bytes]:
    place = 12
    while place + 8 <= len(data):
        yield data[place : place + 4]
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + size + (size & 1)
