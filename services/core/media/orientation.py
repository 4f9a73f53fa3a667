"""Which way up a picture is, from its Exif block."""

from __future__ import annotations

from typing import Final, Literal

from PIL import Image

_TAG: Final = 0x0112
_SHORT: Final = 3
_MAX_ENTRIES: Final = 1000
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image: Image.Image, exif: bytes) -> Image.Image:
    """Turn the picture as its Exif block says; a broken block says nothing."""
    turn = _TURNS.get(orientation(exif))
    return image if turn is None else image.transpose(turn)


def orientation(exif: bytes) -> int:
    """Return 1 to 8; 1 (upright) for whatever cannot be understood.

    Read here, as Pillow reads the whole block and complains about parts we drop anyway.
    """
    tiff = exif.removeprefix(b"Exif\x00\x00")
    order: Literal["little", "big"]
    match tiff[:4]:
        case b"II*\x00":
            order = "little"
        case b"MM\x00*":
            order = "big"
        case _:
            return 1
    first = int.from_bytes(tiff[4:8], order)
    entries = min(int.from_bytes(tiff[first : first + 2], order), _MAX_ENTRIES)
    for place in range(first + 2, first + 2 + 12 * entries, 12):
        entry = tiff[place : place + 12]
        tag, kind = int.from_bytes(entry[:2], order), int.from_bytes(entry[2:4], order)
        if tag == _TAG and kind == _SHORT and len(entry) == 12:
            value = int.from_bytes(entry[8:10], order)
            return value if 1 <= value <= 8 else 1
    return 1
