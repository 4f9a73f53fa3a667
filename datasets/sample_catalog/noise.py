"""Smooth random fields and blurs on small float arrays."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

Field = NDArray[np.float32]


def resize(field: Field, width: int, height: int) -> Field:
    """The `[h, w]` field stretched smoothly to `[height, width]`."""
    image = Image.fromarray(np.ascontiguousarray(field, np.float32))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def smooth_noise(rng: Generator, *, pixels: int, cells: float) -> Field:
    """`[pixels, pixels]` of soft bumps, about `cells` across, roughly in -1..1."""
    count = max(2, round(cells) + 1)
    return resize(rng.uniform(-1, 1, (count, count)).astype(np.float32), pixels, pixels)


def fractal(rng: Generator, *, pixels: int, cells: float, octaves: int = 3) -> Field:
    """Bumps upon bumps, each octave half as strong and half as wide."""
    total = np.zeros((pixels, pixels), np.float32)
    for octave in range(octaves):
        total += smooth_noise(rng, pixels=pixels, cells=cells * 2**octave) * 0.5**octave
    return total


def blur(field: Field, radius: float) -> Field:
    """Three box blurs, which are close to a Gaussian; edges are padded with zeros."""
    reach = max(1, round(radius * 0.6))
    for _ in range(3):
        field = _box(_box(field, reach).T, reach).T
    return field


def _box(field: Field, reach: int) -> Field:
    padded = np.pad(field, ((0, 0), (reach + 1, reach)))
    total = np.cumsum(padded, axis=1, dtype=np.float32)
    width = 2 * reach + 1
    return np.asarray((total[:, width:] - total[:, :-width]) / np.float32(width), np.float32)


def step(distance: Field, softness: float) -> Field:
    """1 where the distance is positive, 0 where negative, a ramp of `softness` between."""
    return np.asarray(np.clip(distance / np.float32(softness) + 0.5, 0, 1), np.float32)
