"""Draws a sound: what stands for it where a picture would stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

_BACKGROUND: Final = (244, 245, 247)
_LINE: Final = (70, 84, 110)
_BAR, _GAP = 3, 2
_SHAPE: Final = 16 / 9


def draw(peaks: Sequence[float], *, width: int) -> Image.Image:
    """An RGB picture `width` wide of bars as high as the sound is loud (`peaks` are 0..1)."""
    height = max(1, round(width / _SHAPE))
    image = Image.new("RGB", (width, height), _BACKGROUND)
    pen = ImageDraw.Draw(image)
    bars = max(1, width // (_BAR + _GAP))
    for place, peak in enumerate(_loudest(peaks, bars)):
        half = max(1, round(peak * height * 0.45))
        left = place * (_BAR + _GAP)
        middle = height // 2
        pen.rectangle((left, middle - half, left + _BAR - 1, middle + half), fill=_LINE)
    return image


def _loudest(peaks: Sequence[float], bars: int) -> list[float]:
    """The loudest of each of `bars` equal parts."""
    if not peaks:
        return [0.0] * bars
    edges = np.linspace(0, len(peaks), bars + 1)
    return [
        max(peaks[int(start) : max(int(start) + 1, int(end))]) for start, end in pairwise(edges)
    ]
