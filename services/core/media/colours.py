"""Any mode of picture, made plain sRGB on white."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from PIL import Image, ImageCms

_MAX_PROFILE_BYTES: Final = 4 * 1024 * 1024
_WHITE: Final = (255, 255, 255)
_PROFILED: Final = ("RGB", "L", "CMYK")
_SRGB_LIKE: Final = ("srgb", "iec61966-2.1", "iec 61966-2.1")


def straightened(image: Image.Image) -> Image.Image:
    """Bring modes that cannot be scaled well (palette, bits, 16 bits a channel) to 8-bit ones.

    The result is L, LA, RGB, RGBA or CMYK.
    """
    if image.mode.startswith("I"):
        return _eight_bits(image)
    if image.mode in ("P", "PA", "1", "La", "RGBa", "YCbCr", "LAB", "HSV", "RGBX"):
        see_through = image.has_transparency_data
        return image.convert("L" if image.mode == "1" else "RGBA" if see_through else "RGB")
    if image.mode in ("L", "RGB") and image.has_transparency_data:
        return image.convert("RGBA")
    return image


def plain(image: Image.Image, *, profile: bytes) -> Image.Image:
    """Return RGB: the colours of the ICC profile brought to sRGB, what is see-through on white.

    A profile that is broken, or of another kind than the picture, is ignored, as browsers do.
    """
    alpha = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    if alpha is not None:
        image = image.convert(image.mode[:-1])
    colours = _to_srgb(image, profile) if profile else image.convert("RGB")
    if alpha is None:
        return colours
    ground = Image.new("RGB", colours.size, _WHITE)
    ground.paste(colours, mask=alpha)
    return ground


def _eight_bits(image: Image.Image) -> Image.Image:
    wide = np.asarray(image).astype(np.int64)
    return Image.fromarray(np.clip(wide >> 8, 0, 255).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    if image.mode in _PROFILED and len(profile) <= _MAX_PROFILE_BYTES:
        try:
            return _transformed(image, profile)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # the colours as they are come closest
    return image.convert("RGB")


def _transformed(image: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    named = (source.profile.profile_description or "").lower()
    if image.mode == "RGB" and any(name in named for name in _SRGB_LIKE):
        return image
    changed = ImageCms.profileToProfile(
        image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert changed is not None, "only an in-place change returns nothing"
    return changed
