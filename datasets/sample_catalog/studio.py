"""The soft off-white studio that products stand or lie in."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from datasets.sample_catalog.noise import Field, blur, resize
from datasets.sample_catalog.patterns import Picture
from datasets.sample_catalog.scene import Scene

SMALL = 96
"""Shadows are soft, so they are computed this small."""
TONES = ((0.945, 0.94, 0.93), (0.93, 0.94, 0.95), (0.95, 0.935, 0.925), (0.94, 0.945, 0.935))


def backdrop(rng: Generator, size: int) -> Picture:
    """`[size, size, 3]`: paper lit from above left, a little darker towards the corners."""
    line = np.linspace(0, 1, size, dtype=np.float32)
    x, y = line[None, :], line[:, None]
    tone = np.array(TONES[int(rng.integers(len(TONES)))], np.float32)
    light = 1.045 - 0.075 * np.hypot(x - 0.4, (y - 0.32) * 1.1)
    return np.asarray(np.clip(tone * light[..., None], 0, 0.985), np.float32)


def shadow(alpha: Field, *, floor: float | None) -> Field:
    """`[size, size]`, 0..1: what the product darkens; `floor` is the height it stands at."""
    size = alpha.shape[0]
    small = resize(alpha, SMALL, SMALL)
    dark = _standing(small, floor * SMALL) if floor is not None else _lying(small)
    return np.clip(resize(dark, size, size), 0, 0.85)


def _lying(small: Field) -> Field:
    return np.asarray(
        0.3 * blur(_moved(small, 2, 3), 3.0) + 0.22 * blur(_moved(small, 1, 1), 1.0), np.float32
    )


def _standing(small: Field, floor: float) -> Field:
    rows = np.arange(SMALL, dtype=np.float32)
    pool = np.zeros_like(small)
    reach = small.max(axis=0)
    near = small[max(0, int(floor) - 10) :].max(axis=0)
    away = (rows - floor) / 2.6
    pool += np.exp(-(away**2))[:, None] * near[None, :] * np.float32(0.85)
    away = (rows - floor - 1) / 5.5
    pool += np.exp(-(away**2))[:, None] * _shifted(reach, 5)[None, :] * np.float32(0.28)
    return np.asarray(blur(pool, 1.8), np.float32)


def _shifted(line: Field, by: int) -> Field:
    return np.concatenate([np.zeros(by, np.float32), line[:-by]])


def _moved(field: Field, right: int, down: int) -> Field:
    return np.pad(field, ((down, 0), (right, 0)))[: field.shape[0], : field.shape[1]]


def compose(scene: Scene, rng: Generator, *, floor: float | None) -> Picture:
    """The scene's product in the studio, with its shadow: `[size, size, 3]`, 0..1."""
    paper = backdrop(rng, scene.size)
    cool = np.array((1.0, 0.985, 0.95), np.float32)
    ground = paper * (1 - shadow(scene.alpha, floor=floor)[..., None] * 0.62 * cool)
    return np.asarray(scene.rgb + ground * (1 - scene.alpha[..., None]), np.float32)
