"""Textures: a square of printed cloth for each pattern."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.sample_catalog import motifs
from datasets.sample_catalog.noise import Field, fractal, smooth_noise, step
from datasets.sample_catalog.palette import Colour, Inks

Picture = NDArray[np.float32]
"""`[3, h, w]`, 0..1: each ink by itself, which is what numpy is fastest at."""


@dataclass(frozen=True, slots=True)
class Print:
    """What a pattern is made from."""

    inks: Inks
    pixels: int
    """Side of the square."""
    period: float
    """One repeat, in pixels."""
    rng: Generator
    body: tuple[float, float]
    """From where to where, top to bottom, the cloth will be seen; 0..1."""

    def grid(self, angle: float) -> tuple[Field, Field]:
        """Coordinates `[pixels, pixels]` in repeats, turned by `angle` radians."""
        line = (np.arange(self.pixels, dtype=np.float32) - self.pixels / 2) / self.period
        x, y = line[None, :], line[:, None]
        cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        shift = self.rng.uniform(0, 1, 2).astype(np.float32)
        return x * cos + y * sin + shift[0], y * cos - x * sin + shift[1]


def texture(
    pattern: str,
    inks: Inks,
    rng: Generator,
    *,
    pixels: int,
    period: float,
    body: tuple[float, float] = (0.0, 1.0),
) -> Picture:
    """`[3, pixels, pixels]` of the pattern; one repeat is `period` pixels wide."""
    return PRINTERS[pattern](Print(inks, pixels, period, rng, body))


def blend(under: Picture | Colour, over: Picture | Colour, cover: Field) -> Picture:
    """`over` laid on `under` where `cover` is 1."""
    low, high = planes(under), planes(over)
    return np.asarray(low + (high - low) * cover, np.float32)


def planes(colour: Picture | Colour) -> Picture:
    """A colour as a picture that spreads over any size; pictures stay as they are."""
    return colour[:, None, None] if colour.ndim == 1 else colour


def _plain(job: Print) -> Picture:
    cloud = fractal(job.rng, pixels=job.pixels, cells=5) * np.float32(0.012)
    return np.asarray(planes(job.inks.ground) + cloud, np.float32)


def _stripes(job: Print) -> Picture:
    angle = job.rng.choice((0.0, np.pi / 2, np.pi / 2, np.pi / 4))
    _, y = job.grid(float(angle))
    soft = 1.2 / job.period
    place = np.abs(y - np.floor(y) - 0.5)
    cover = step(np.float32(job.rng.uniform(0.17, 0.22)) - place, soft)
    if job.rng.random() < 0.3:  # a pin stripe between the broad ones
        cover = np.maximum(cover, step(np.float32(0.03) - np.abs(place - 0.46), soft))
    return blend(job.inks.ground, job.inks.motif, cover)


def _dots(job: Print) -> Picture:
    x, y = job.grid(float(job.rng.choice((0.0, 0.12, np.pi / 4))))
    row = np.floor(y)
    x = np.asarray(x + 0.5 * (row % 2), np.float32)
    away = np.hypot(x - np.floor(x) - 0.5, y - row - 0.5)
    cover = step(np.float32(job.rng.uniform(0.25, 0.31)) - away, 1.4 / job.period)
    return blend(job.inks.ground, job.inks.motif, cover)


def _plaid(job: Print) -> Picture:
    angle = float(job.rng.choice((0.0, 0.0, np.pi / 4)))
    x, y = job.grid(angle)
    soft = 1.2 / job.period
    wide = float(job.rng.uniform(0.2, 0.25))
    picture: Picture | Colour = job.inks.ground
    for line in (x / 1.6, y / 1.6):
        place = np.abs(line - np.floor(line) - 0.5)
        picture = blend(picture, job.inks.deep, step(wide - place, soft) * np.float32(0.55))
        thin = step(0.022 - np.abs(place - 0.38), soft) + step(0.02 - place, soft)
        picture = blend(picture, job.inks.motif, thin * np.float32(0.8))
    return np.asarray(picture, np.float32)


def _chevron(job: Print) -> Picture:
    x, y = job.grid(float(job.rng.choice((0.0, 0.0, np.pi / 2))))
    zigzag = np.abs(x * 0.8 - np.floor(x * 0.8) - 0.5) * np.float32(job.rng.uniform(1.0, 1.5))
    line = (y + zigzag) * 1.05
    place = np.abs(line - np.floor(line) - 0.5)
    cover = step(np.float32(job.rng.uniform(0.17, 0.22)) - place, 2.0 / job.period)
    return blend(job.inks.ground, job.inks.motif, cover)


def _camouflage(job: Print) -> Picture:
    cells = job.pixels / job.period * 0.8
    soft = 2.4 / job.period
    picture: Picture | Colour = job.inks.ground
    shades = (
        (job.inks.deep, 0.1),
        (job.inks.ground * np.float32(0.55) + np.float32(0.2), 0.25),
        (job.inks.pale, 0.33),
        (job.inks.deep * np.float32(0.55), 0.46),
    )
    for ink, level in shades:
        blobs = fractal(job.rng, pixels=job.pixels, cells=cells, octaves=2)
        picture = blend(picture, ink, step(blobs - np.float32(level + 0.12), soft))
    return np.asarray(picture, np.float32)


def _gradient(job: Print) -> Picture:
    """The colour for half of the way, then a fade to nearly white at the top or at the bottom."""
    top, low = job.body
    away = (np.linspace(0, 1, job.pixels, dtype=np.float32)[:, None] - top) / (low - top)
    if job.rng.random() < 0.4:
        away = 1 - away
    wave = smooth_noise(job.rng, pixels=job.pixels, cells=4) * np.float32(0.03)
    share = np.clip((away + wave - 0.3) / 0.7, 0, 1)
    fade = np.asarray(share * share * (3 - 2 * share) * 0.92, np.float32)
    return blend(job.inks.ground, job.inks.pale * np.float32(0.35) + np.float32(0.62), fade)


def _leopard(job: Print) -> Picture:
    spots, hearts = motifs.rosettes(job.rng, pixels=job.pixels, period=job.period * 1.12)
    cloud = fractal(job.rng, pixels=job.pixels, cells=4) * np.float32(0.035)
    ground = np.asarray(planes(job.inks.ground) + cloud, np.float32)
    heart = job.inks.ground * np.array((0.78, 0.66, 0.56), np.float32)
    return blend(blend(ground, heart, hearts * np.float32(0.85)), job.inks.motif, spots)


def _zebra(job: Print) -> Picture:
    cover = motifs.zebra(job.rng, pixels=job.pixels, period=job.period * 1.05)
    return blend(job.inks.ground, job.inks.motif, cover)


def _floral(job: Print) -> Picture:
    return motifs.floral(job.rng, job.inks, pixels=job.pixels, period=job.period * 1.35)


PRINTERS: dict[str, Callable[[Print], Picture]] = {
    "plain": _plain,
    "stripes": _stripes,
    "dots": _dots,
    "plaid": _plaid,
    "floral": _floral,
    "chevron": _chevron,
    "leopard": _leopard,
    "zebra": _zebra,
    "camouflage": _camouflage,
    "gradient": _gradient,
}
