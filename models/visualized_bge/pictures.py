"""Pictures to pixels exactly as the reference does it, with Pillow alone.

Nothing is turned upright and transparency is not laid on white: the picture is taken in the mode
it is stored in. So a palette or black-and-white picture is scaled by its nearest pixels, and what
lies behind a transparent pixel comes to light. Pictures of the catalogue were made upright and
opaque before they were stored (`services/core/media`); those sent straight to a model were not.
"""

from typing import Final

from PIL import Image

from models import pixels
from models.base import UnreadableMedia
from models.pixels import Pixels

VERSION: Final = 1
"""Part of every fingerprint: raise it when the same bytes would give other pixels."""


def square(data: bytes, *, side: int) -> Pixels:
    """uint8 `[side, side, 3]`: the shorter side scaled to `side`, the middle kept.

    Raises `UnreadableMedia`, also for a picture so long and thin that it would have more than
    `pixels.MAX_PIXELS` when scaled.
    """
    with pixels.refusing_damage():
        picture = pixels.as_stored(data)
        size = scaled_size(picture.size, side=side)
        if size[0] * size[1] > pixels.MAX_PIXELS:
            raise UnreadableMedia(
                "too_many_pixels",
                f"the picture is {picture.width} x {picture.height}: too long and thin to scale",
            )
        middle = _middle(picture.resize(size, Image.Resampling.BICUBIC), side=side)
        # Only a hint for colours that are about to be dropped; Pillow would warn about it.
        middle.info.pop("transparency", None)
        return pixels.to_array(middle.convert("RGB"))


def scaled_size(size: tuple[int, int], *, side: int) -> tuple[int, int]:
    """Width and height with the shorter one at `side`; the longer is rounded down."""
    width, height = size
    longer = int(side * max(size) / min(size))
    return (side, longer) if width <= height else (longer, side)


def _middle(picture: Image.Image, *, side: int) -> Image.Image:
    # Python rounds halves to the even number, and so does the reference.
    left = round((picture.width - side) / 2)
    top = round((picture.height - side) / 2)
    return picture.crop((left, top, left + side, top + side))
