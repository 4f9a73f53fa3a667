"""An untrusted picture, checked and re-encoded: what comes out are our own bytes.

Accepted by content: JPEG, PNG, WebP, GIF and BMP; of an animation the first frame.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from services.core.errors import MediaRefused, Unavailable
from services.core.media import sniff
from services.core.media.colours import plain, straightened
from services.core.media.kinds import Kind, check_bytes
from services.core.media.orientation import orientation, upright
from services.core.settings import MediaLimits

_OPENERS: Final[dict[str, type[ImageFile.ImageFile]]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}
"""Named one by one: no other decoder of Pillow ever sees untrusted bytes."""
_MAX_SCANS: Final = 100
"""A progressive JPEG has about ten; each costs a pass over all its pixels."""
_FULL_QUALITY: Final = 92
_THUMBNAIL_QUALITY: Final = 82
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError,
    AttributeError, AssertionError, RuntimeError, struct.error, zlib.error,
    Image.DecompressionBombError, Warning,
)  # fmt: skip
"""What Pillow's parsers were seen to raise on broken files: whatever Python raises on bad bytes."""


@dataclass(frozen=True, slots=True)
class NormalisedImage:
    """A picture we made: sRGB, upright, without metadata; the same input gives the same bytes."""

    full: bytes
    thumbnail: bytes
    content_type: str
    """Of both."""
    width: int
    height: int
    sha256_of_input: str
    """Hexadecimal."""


def normalise(data: bytes, limits: MediaLimits) -> NormalisedImage:
    """Check the bytes, decode them, and encode a bounded JPEG and a thumbnail.

    Raises MediaRefused with the reason `empty_file`, `too_many_bytes`, `unsupported_type`,
    `too_many_pixels`, `too_many_frames`, `too_many_scans`, `truncated` or `corrupt_image`;
    Unavailable if memory ran out.
    """
    with _refusing_broken():
        with _opened(data, limits) as source:
            image = _decoded(source, longest=limits.stored_image_pixels)
        return NormalisedImage(
            full=_jpeg(image, quality=_FULL_QUALITY),
            thumbnail=thumbnail(image, limits),
            content_type="image/jpeg",
            width=image.width,
            height=image.height,
            sha256_of_input=hashlib.sha256(data).hexdigest(),
        )


def thumbnail(image: Image.Image, limits: MediaLimits) -> bytes:
    """A small JPEG of an RGB picture that we decoded or drew ourselves."""
    return _jpeg(_within(image, limits.thumbnail_pixels), quality=_THUMBNAIL_QUALITY)


def full(image: Image.Image) -> bytes:
    """A JPEG of an RGB picture of ours, as large as it is."""
    return _jpeg(image, quality=_FULL_QUALITY)


def as_shown(data: bytes, limits: MediaLimits) -> bytes:
    """The bytes as they came if every decoder shows the same picture; else our JPEG of it.

    For bytes that a model decodes itself: some models ignore how a camera was held, what is
    see-through or a colour profile. A picture that passes undecoded may still turn out to be
    damaged. Raises what `normalise` raises.
    """
    with _refusing_broken(), _opened(data, limits) as source:
        if _is_plain(source):
            return data
        return _jpeg(_decoded(source, longest=limits.stored_image_pixels), quality=_FULL_QUALITY)


def _is_plain(source: ImageFile.ImageFile) -> bool:
    return (
        source.mode in ("RGB", "L")
        and not source.has_transparency_data
        and not _bytes_of(source, "icc_profile")
        and orientation(_bytes_of(source, "exif")) == 1
    )


@contextmanager
def _opened(data: bytes, limits: MediaLimits) -> Iterator[ImageFile.ImageFile]:
    """Open the picture, once every limit that can be read without decoding is kept."""
    check_bytes(data, Kind.IMAGE, limits)
    kind = sniff.image_format(data)
    _check_container(data, kind, limits)
    with _OPENERS[kind](io.BytesIO(data)) as source:
        _check_size(source.size, limits)
        if kind == "PNG":
            _check_frames(getattr(source, "n_frames", 1), limits)
        yield source


def _check_container(data: bytes, kind: str, limits: MediaLimits) -> None:
    """Refuse what would already cost too much to open."""
    match kind:
        case "WEBP":
            _check_size(sniff.webp_size(data), limits)
            if sniff.webp_is_cut_off(data):
                raise _truncated()
            _check_frames(sniff.webp_frames(data), limits)
        case "GIF":
            _check_frames(sniff.gif_frames(data, at_most=limits.max_image_frames), limits)
        case "JPEG":
            if sniff.jpeg_scans(data) > _MAX_SCANS:
                raise MediaRefused(
                    f"the JPEG has more than {_MAX_SCANS} scans", reason="too_many_scans"
                )


def _check_size(size: tuple[int, int], limits: MediaLimits) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise MediaRefused("the picture has no pixels", reason="corrupt_image")
    if width * height > limits.max_image_pixels:
        raise MediaRefused(
            f"the picture has {width} x {height} pixels; "
            f"the limit is {limits.max_image_pixels} in all",
            reason="too_many_pixels",
        )


def _check_frames(frames: int, limits: MediaLimits) -> None:
    if frames > limits.max_image_frames:
        raise MediaRefused(
            f"the picture has more than {limits.max_image_frames} frames, which is the limit",
            reason="too_many_frames",
        )


def _decoded(source: ImageFile.ImageFile, *, longest: int) -> Image.Image:
    """Decode the first frame, bounded, upright, in sRGB."""
    # A JPEG can be decoded at a half, a quarter or an eighth of its size, much faster.
    source.draft(None, (longest, longest))
    source.load()
    exif, profile = (_bytes_of(source, name) for name in ("exif", "icc_profile"))
    image = _within(straightened(source), longest)
    return upright(plain(image, profile=profile), exif)


def _bytes_of(source: Image.Image, name: str) -> bytes:
    value = source.info.get(name, b"")
    return value if isinstance(value, bytes) else b""


def _within(image: Image.Image, longest: int) -> Image.Image:
    """Scale down, never up, keeping the proportions."""
    factor = longest / max(image.size)
    if factor >= 1:
        return image
    width, height = (max(1, round(side * factor)) for side in image.size)
    # Hamming: close to bicubic when scaling down, at a third of the cost of Lanczos.
    return image.resize((width, height), Image.Resampling.HAMMING, reducing_gap=3.0)


def _jpeg(image: Image.Image, *, quality: int) -> bytes:
    # Only pixels go over: what a decoder left in `info` (Exif, XMP, comments) stays behind.
    clean = image.copy()
    clean.info = {}
    target = io.BytesIO()
    clean.save(target, "JPEG", quality=quality, subsampling=0 if quality > 90 else 2)
    return target.getvalue()


@contextmanager
def _refusing_broken() -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise Unavailable("not enough memory for a picture; it is tried again") from error
    except _BROKEN as error:
        if isinstance(error, EOFError) or "truncated" in str(error).lower():
            raise _truncated() from error
        raise MediaRefused("the picture cannot be decoded", reason="corrupt_image") from error


def _truncated() -> MediaRefused:
    return MediaRefused("the picture is cut off: bytes are missing at its end", reason="truncated")
