"""Motifs that are not plain geometry: rosettes, zebra stripes and flowers."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

from datasets.sample_catalog.noise import Field, fractal, smooth_noise, step
from datasets.sample_catalog.palette import Colour, Inks, rgb

OVERSAMPLING = 3
TURN = 2 * np.pi
ROSETTES, SPECKS, BLOSSOMS = 26, 6, 5
"""Different stamps that a sheet is printed with; drawing each motif anew would take too long."""
Numbers = NDArray[np.float64]


def scattered(rng: Generator, *, pixels: int, period: float, jitter: float) -> Field:
    """`[n, 2]` points of a staggered grid, each moved by up to `jitter` periods."""
    rows = np.arange(-1, pixels / (period * 0.87) + 1)
    columns = np.arange(-1, pixels / period + 1)
    y, x = np.meshgrid(rows * 0.87, columns, indexing="ij")
    x = x + 0.5 * (np.arange(len(rows))[:, None] % 2)
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    points += rng.uniform(-jitter, jitter, points.shape)
    return np.asarray(points * period, np.float32)


def rosettes(rng: Generator, *, pixels: int, period: float) -> tuple[Field, Field]:
    """Cover of the dark marks and of the brown hearts of a leopard's coat, `[pixels, pixels]`."""
    marks, hearts = Image.new("L", (pixels, pixels)), Image.new("L", (pixels, pixels))
    stamps = [_rosette(rng, period) for _ in range(ROSETTES)]
    for point in scattered(rng, pixels=pixels, period=period, jitter=0.16):
        mark, heart = stamps[int(rng.integers(ROSETTES))]
        _stamp(marks, mark, point)
        _stamp(hearts, heart, point)
    specks = [_speck(rng, period) for _ in range(SPECKS)]
    for point in scattered(rng, pixels=pixels, period=period, jitter=0.1) + period * 0.5:
        if rng.random() < 0.45:
            _stamp(marks, specks[int(rng.integers(SPECKS))], point)
    return _field(marks), _field(hearts)


def _rosette(rng: Generator, period: float) -> tuple[Image.Image, Image.Image]:
    """The dark blobs around one brown heart, and the heart."""
    radius, squash, lean = (
        period * rng.uniform(0.27, 0.37),
        rng.uniform(0.75, 1),
        rng.uniform(0, TURN),
    )
    side = _side(period * 1.3)
    mark, heart = Image.new("L", (side, side)), Image.new("L", (side, side))
    angles = np.linspace(0, TURN, 14, endpoint=False)
    blob = _turned(angles, radius * 0.98 * rng.uniform(0.82, 1.1, 14), squash, lean)
    ImageDraw.Draw(heart).polygon(_flat(blob, side), fill=255)
    pen = ImageDraw.Draw(mark)
    for around, radii in _arcs(rng, float(radius)):
        pen.polygon(_flat(_turned(around, radii, squash, lean), side), fill=255)
    return mark.reduce(OVERSAMPLING), heart.reduce(OVERSAMPLING)


def _speck(rng: Generator, period: float) -> Image.Image:
    side = _side(period * 0.4)
    speck = Image.new("L", (side, side))
    radii = period * rng.uniform(0.05, 0.1) * rng.uniform(0.82, 1.1, 14)
    blob = _turned(
        np.linspace(0, TURN, 14, endpoint=False), radii, rng.uniform(0.5, 1), rng.uniform(0, TURN)
    )
    ImageDraw.Draw(speck).polygon(_flat(blob, side), fill=255)
    return speck.reduce(OVERSAMPLING)


def _arcs(rng: Generator, radius: float) -> list[tuple[Numbers, Numbers]]:
    """Two to four bent blobs that stand around a rosette's heart: angles and radii."""
    pieces = int(rng.integers(2, 5))
    start = rng.uniform(0, TURN)
    arcs = []
    for piece in range(pieces):
        middle = start + TURN * (piece + rng.uniform(-0.12, 0.12)) / pieces
        half = TURN / pieces * rng.uniform(0.34, 0.44)
        along = np.linspace(-1, 1, 9)
        thick = (
            radius * rng.uniform(0.2, 0.3) * np.sqrt(1.03 - along**2) * rng.uniform(0.75, 1.2, 9)
        )
        angles = middle + half * along
        outer, inner = radius + thick, radius - thick * 0.9
        arcs.append((np.concatenate([angles, angles[::-1]]), np.concatenate([outer, inner[::-1]])))
    return arcs


def zebra(rng: Generator, *, pixels: int, period: float) -> Field:
    """Cover of the dark stripes: waves that fork where the phase winds around a point."""
    line = np.arange(pixels, dtype=np.float32) / np.float32(period)
    x, y = line[None, :], line[:, None]
    lean = np.float32(rng.uniform(-0.5, 0.5))
    span = pixels / period
    bend = fractal(rng, pixels=pixels, cells=span / 4, octaves=2)
    phase = (y + lean * x + bend * np.float32(0.85)) * np.float32(TURN)
    for _ in range(int(span * span / 14)):
        cx, cy = rng.uniform(0, span, 2).astype(np.float32)
        phase = phase + np.float32(rng.choice((-1, 1))) * np.arctan2(y - cy, x - cx)
    width = smooth_noise(rng, pixels=pixels, cells=span / 2) * np.float32(0.42)
    return step(np.sin(phase) + width - np.float32(0.02), 2 * TURN * 0.9 / period)


def floral(rng: Generator, inks: Inks, *, pixels: int, period: float) -> Field:
    """`[3, pixels, pixels]`: blossoms with leaves scattered on the ground colour."""
    sheet = Image.new("RGB", (pixels, pixels), _ink(inks.ground))
    dark = inks.ground[1] < 0.5 or inks.ground[0] > 0.5
    leaf = rgb(0.25, 0.5, 0.27) if dark else rgb(0.78, 0.86, 0.6)
    large = [_spray(rng, period, petal, leaf) for petal in inks.petals for _ in range(BLOSSOMS)]
    small = [_spray(rng, period * 0.36, petal, None) for petal in inks.petals for _ in range(2)]
    points = scattered(rng, pixels=pixels, period=period, jitter=0.17)
    for point in points:
        _stamp(sheet, large[int(rng.integers(len(large)))], point)
    for point in points + np.float32(period * 0.5):
        if rng.random() < 0.6:
            _stamp(sheet, small[int(rng.integers(len(small)))], point)
    planar = np.asarray(sheet, np.float32).transpose(2, 0, 1)
    return np.ascontiguousarray(planar) / np.float32(255)


def _spray(rng: Generator, period: float, petal: Colour, leaf: Colour | None) -> Image.Image:
    """One blossom, with two leaves if they have a colour; RGBA."""
    side = _side(period * 1.35)
    sprite = Image.new("RGBA", (side, side), (*_ink(petal), 0))
    pen = ImageDraw.Draw(sprite)
    reach = period * float(rng.uniform(0.27, 0.38))
    along = np.linspace(0, TURN, 16, endpoint=False)

    def blade(length: float, slim: float, angle: float, away: float, ink: Colour) -> None:
        middle = np.array((np.cos(angle), np.sin(angle))) * away
        pen.polygon(_flat(_turned(along, length, slim, angle) + middle, side), fill=_ink(ink))

    for angle in rng.uniform(0, TURN, 0 if leaf is None else 2):
        assert leaf is not None
        green = leaf * np.float32(rng.uniform(0.85, 1.1))
        blade(reach * float(rng.uniform(0.5, 0.65)), 0.38, float(angle), reach * 1.05, green)
    petals, start = int(rng.integers(5, 7)), rng.uniform(0, TURN)
    for i in range(petals):
        angle = start + TURN * i / petals
        blade(reach * 0.5, 0.72, angle, reach * 0.55, petal * np.float32(1 - 0.07 * (i % 2)))
        blade(reach * 0.22, 0.4, angle, reach * 0.4, petal * np.float32(0.82))
    gold = rgb(0.96, 0.78, 0.25) if petal[2] > 0.3 or petal[0] < 0.8 else rgb(0.5, 0.27, 0.12)
    blade(reach * 0.24, 1.0, 0.0, 0.0, gold)
    return sprite.reduce(OVERSAMPLING)


def _turned(angles: Numbers, radii: Numbers | float, squash: float, lean: float) -> Numbers:
    x, y = np.cos(angles) * radii, np.sin(angles) * radii * squash
    cos, sin = np.cos(lean), np.sin(lean)
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=1)


def _side(extent: float) -> int:
    """The side of a stamp's enlarged drawing that is `extent` pixels wide in print."""
    return max(2, int(np.ceil(extent))) * OVERSAMPLING


def _flat(points: Numbers, side: int) -> list[float]:
    """Points around the middle of a stamp, as the pen takes them."""
    flat: list[float] = (points * OVERSAMPLING + side / 2).ravel().tolist()
    return flat


def _stamp(sheet: Image.Image, stamp: Image.Image, point: Field) -> None:
    """Print the stamp with its middle at the point; masks keep the darker of both."""
    left = round(float(point[0]) - stamp.width / 2)
    top = round(float(point[1]) - stamp.height / 2)
    if sheet.mode == "L":
        area = (left, top, left + stamp.width, top + stamp.height)
        sheet.paste(ImageChops.lighter(sheet.crop(area), stamp), area)
    else:
        sheet.paste(stamp, (left, top), stamp)


def _field(mask: Image.Image) -> Field:
    return np.asarray(mask, np.float32) / np.float32(255)


def _ink(colour: Colour) -> tuple[int, int, int]:
    red, green, blue = (int(min(max(value, 0.0), 1.0) * 255) for value in colour.tolist())
    return red, green, blue
