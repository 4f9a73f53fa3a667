"""The soft off-white studio that products stand or lie in."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from datasets.sample_catalog.noise import Field, blur, resize
from datasets.sample_catalog.patterns import Picture, planes
from datasets.sample_catalog.scene import Scene

SMALL = 96
"""Shadows are soft, so they are computed this small."""
SHADOW = np.array((1.0, 0.985, 0.95), np.float32)
"""Shadows are a little blue."""
TONES = ((0.945, 0.94, 0.93), (0.93, 0.94, 0.95), (0.95, 0.935, 0.925), (0.94, 0.945, 0.935))


def backdrop(rng: Generator, alpha: Field, *, floor: float | None) -> Picture:
    """`[3, size, size]`: paper lit from above left, with the product's shadow on it.

    `alpha` is the product's cover, `floor` the height it stands at; None for one that lies.
    """
    size = alpha.shape[0]
    line = np.linspace(0, 1, SMALL, dtype=np.float32)
    x, y = line[None, :], line[:, None]
    tone = np.array(TONES[int(rng.integers(len(TONES)))], np.float32)
    light = 1.045 - 0.075 * np.hypot(x - 0.4, (y - 0.32) * 1.1)
    small = resize(alpha, SMALL, SMALL)
    dark = _standing(small, floor * SMALL) if floor is not None else _lying(small)
    dark = np.clip(dark, 0, 0.85) * np.float32(0.62)
    inks = np.clip(planes(tone) * light, 0, 0.985) * (1 - dark * planes(SHADOW))
    return np.stack([resize(ink, size, size) for ink in inks])


def _lying(small: Field) -> Field:
    return np.asarray(
        0.3 * blur(_moved(small, 2, 3), 3.0) + 0.22 * blur(_moved(small, 1, 1), 1.0), np.float32
    )


def _standing(small: Field, floor: float) -> Field:
    """A dark line where it touches the floor, and a wide pale pool to the right of it."""
    rows = np.arange(SMALL, dtype=np.float32)
    near = _softened(small[max(0, int(floor) - 10) :].max(axis=0), 2.0)
    far = _softened(small.max(axis=0), 7.0)
    line = np.exp(-(((rows - floor) / 2.4) ** 2))[:, None] * near[None, :] * np.float32(0.8)
    pool = np.exp(-(((rows - floor - 1) / 5.0) ** 2))[:, None] * np.roll(far, 3)[None, :]
    return np.asarray(blur(line + pool * np.float32(0.32), 1.6), np.float32)


def _softened(line: Field, radius: float) -> Field:
    away = np.arange(-3 * int(radius) - 1, 3 * int(radius) + 2, dtype=np.float32)
    weights = np.exp(-((away / radius) ** 2))
    return np.asarray(np.convolve(line, weights / weights.sum(), "same"), np.float32)


def _moved(field: Field, right: int, down: int) -> Field:
    return np.pad(field, ((down, 0), (right, 0)))[: field.shape[0], : field.shape[1]]


def compose(scene: Scene, rng: Generator, *, floor: float | None) -> Picture:
    """The scene's product in the studio: `[3, size, size]`, 0..1."""
    return scene.rgb + backdrop(rng, scene.alpha, floor=floor) * (1 - scene.alpha)
