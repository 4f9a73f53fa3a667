"""What a model is warmed up with: the smallest content of each kind a query has."""

from __future__ import annotations

import io
from collections.abc import Collection

from PIL import Image

from services.core.types.vectors import Content

_SIDE = 64


def sample(modalities: Collection[str]) -> list[Content]:
    """A text and a picture, as far as the model embeds them."""
    contents = []
    if "text" in modalities:
        contents.append(Content(text="warm up"))
    if "image" in modalities:
        contents.append(Content(image=_picture()))
    return contents


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (_SIDE, _SIDE), "white").save(file, "PNG")
    return file.getvalue()
