"""The only file that opens encoded pictures for a model: checked, upright, RGB, on white."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from models.base import UnreadableMedia

Pixels = NDArray[np.uint8]

MAX_PIXELS = 50_000_000
"""Larger pictures are refused before they are decoded."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
VERSION = 1
"""Part of every fingerprint: raise it when the same bytes would give other pixels."""

_DAMAGE: Final = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError,
    AttributeError, AssertionError, RuntimeError, struct.error,
)  # fmt: skip
"""What Pillow's parsers raise on broken files: whatever Python raises on bad bytes."""
_ORIENTATION: Final = 0x0112
_SHORT: Final = 3
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to bring a picture upright, by its orientation."""


class Fit(StrEnum):
    """How a picture becomes a square."""

    STRETCH = "stretch"
    """Both sides scaled to the size; nothing is lost but the aspect."""
    CROP = "crop"
    """The shorter side scaled to the size, the middle kept."""
    PAD = "pad"
    """The longer side scaled to the size, the rest white."""


def decode(data: bytes, *, enough: int | None = None) -> Image.Image:
    """An upright RGB picture; transparency is laid on white, of an animation the first frame.

    `enough` is the shorter side in pixels that the caller needs: a JPEG may then be decoded at a
    fraction of its size, which is much faster. Raises `UnreadableMedia` with reason `empty`,
    `unknown_format`, `too_many_pixels` or `damaged`.
    """
    with refusing_damage():
        picture = as_stored(data, enough=enough)
        exif = picture.info.get("exif", b"")
        upright = _TURNS.get(_orientation(exif) if isinstance(exif, bytes) else 1)
        return _on_white(picture if upright is None else picture.transpose(upright))


def as_stored(data: bytes, *, enough: int | None = None) -> Image.Image:
    """The picture in its own mode and position, decoded; of an animation the first frame.

    `enough` and the errors are those of `decode`.
    """
    if not data:
        raise UnreadableMedia("empty", "the picture has no bytes")
    with refusing_damage():
        picture: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise UnreadableMedia(
                "too_many_pixels",
                f"the picture has {width} x {height} pixels; at most {MAX_PIXELS:,} are decoded",
            )
        if enough is not None:
            # Twice the need, so that the final scaling still averages and does not alias.
            picture.draft("RGB", (2 * enough, 2 * enough))
        picture.load()
        return picture


def _orientation(exif: bytes) -> int:
    """Read 1 to 8 from an Exif block; 1 (upright) for whatever cannot be understood.

    Read here: Pillow parses the whole block, and a block that is broken elsewhere spoils it.
    """
    tiff = exif.removeprefix(b"Exif\0\0")
    order: Literal["little", "big"] = "big" if tiff[:2] == b"MM" else "little"
    if tiff[:4] not in (b"II*\0", b"MM\0*"):
        return 1
    first = int.from_bytes(tiff[4:8], order)
    entries = int.from_bytes(tiff[first : first + 2], order)
    for start in range(first + 2, min(first + 2 + 12 * entries, len(tiff) - 11), 12):
        tag, kind = (int.from_bytes(tiff[at : at + 2], order) for at in (start, start + 2))
        if (tag, kind) == (_ORIENTATION, _SHORT):
            return int.from_bytes(tiff[start + 8 : start + 10], order)
    return 1


def to_array(picture: Image.Image) -> Pixels:
    """uint8 `[height, width, 3]`."""
    return np.asarray(picture, dtype=np.uint8)


def to_square(picture: Image.Image, *, size: int, fit: Fit) -> Pixels:
    """uint8 `[size, size, 3]`, scaled with averaging (bilinear, antialiased)."""
    scaling = Image.Resampling.BILINEAR
    match fit:
        case Fit.STRETCH:
            square = picture.resize((size, size), scaling)
        case Fit.CROP:
            square = ImageOps.fit(picture, (size, size), scaling)
        case Fit.PAD:
            square = ImageOps.pad(picture, (size, size), scaling, color=(255, 255, 255))
    return to_array(square)


@contextmanager
def refusing_damage() -> Iterator[None]:
    """Turn what Pillow raises for bad files into our one error."""
    try:
        yield
    except UnreadableMedia:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableMedia(
            "too_many_pixels",
            f"the picture is too large: at most {MAX_PIXELS:,} pixels are decoded",
        ) from error
    except UnidentifiedImageError as error:
        raise UnreadableMedia(
            "unknown_format", f"the picture is none of {', '.join(FORMATS)}"
        ) from error
    except _DAMAGE as error:
        raise UnreadableMedia("damaged", "the picture is damaged or cut short") from error


def _on_white(picture: Image.Image) -> Image.Image:
    """RGB, whatever the mode was; what is transparent becomes white."""
    if picture.mode == "RGB" and "transparency" not in picture.info:
        return picture
    if picture.mode.startswith("I;16") or picture.mode == "I":
        # Sixteen bits a pixel: Pillow would clip instead of scale.
        deep = np.asarray(picture, dtype=np.int64)
        return Image.fromarray((deep >> 8).clip(0, 255).astype(np.uint8), "L").convert("RGB")
    if picture.has_transparency_data:
        clear = picture.convert("RGBA")
        white = Image.new("RGBA", clear.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, clear).convert("RGB")
    return picture.convert("RGB")
