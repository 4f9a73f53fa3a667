"""Pictures for the tests, made by code."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

QUADRANTS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))
"""Colours of `quadrants`: top left, top right, bottom left, bottom right."""


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def decoded(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def quadrants(width: int = 96, height: int = 64) -> Image.Image:
    image = Image.new("RGB", (width, height))
    for place, colour in enumerate(QUADRANTS):
        left, top = place % 2 * (width // 2), place // 2 * (height // 2)
        image.paste(colour, (left, top, left + width // 2, top + height // 2))
    return image


def gradient(width: int = 200, height: int = 150) -> Image.Image:
    bands = [Image.linear_gradient("L").resize((width, height)) for _ in range(3)]
    bands[1] = bands[1].transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    bands[2] = Image.radial_gradient("L").resize((width, height))
    return Image.merge("RGB", bands)


def near(got: object, wanted: tuple[int, int, int], *, within: int = 12) -> bool:
    assert isinstance(got, tuple)
    return all(abs(a - b) <= within for a, b in zip(got, wanted, strict=True))


def huge_png(width: int, height: int) -> bytes:
    """A PNG that announces many pixels and is small: nobody may start to decode it."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    )


def huge_webp(width: int, height: int) -> bytes:
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + (10).to_bytes(4, "little") + bytes([2, 0, 0, 0]) + canvas
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def huge_gif(width: int, height: int, *, frames: int = 1) -> bytes:
    """A GIF of one-pixel frames on a canvas of any size."""
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + screen + frame * frames + b"\x3b"


def exif_orientation(value: int, order: str = "<") -> bytes:
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    entry = struct.pack(f"{order}HHIHH", 0x0112, 3, 1, value, 0)
    return b"Exif\x00\x00" + mark + struct.pack(f"{order}IH", 8, 1) + entry + bytes(4)
