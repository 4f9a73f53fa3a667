"""Motifs that are not plain geometry: rosettes, zebra stripes and flowers."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from datasets.sample_catalog.noise import Field, fractal, smooth_noise, step
from datasets.sample_catalog.palette import Inks, rgb

OVERSAMPLING = 2
TURN = 2 * np.pi


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
    centres = scattered(rng, pixels=pixels, period=period, jitter=0.16)
    count = len(centres)
    radius = period * rng.uniform(0.27, 0.37, count)
    squash = rng.uniform(0.75, 1.0, count)
    lean = rng.uniform(0, TURN, count)
    marks = Image.new("L", (pixels * OVERSAMPLING,) * 2)
    hearts = Image.new("L", (pixels * OVERSAMPLING,) * 2)
    heart_pen, mark_pen = ImageDraw.Draw(hearts), ImageDraw.Draw(marks)
    angles = np.linspace(0, TURN, 14, endpoint=False)
    wobble = rng.uniform(0.82, 1.1, (count, 14))
    for i in range(count):
        blob = _turned(angles, radius[i] * 0.98 * wobble[i], squash[i], lean[i]) + centres[i]
        heart_pen.polygon((blob * OVERSAMPLING).ravel().tolist(), fill=255)
        for arc in _arcs(rng, float(radius[i])):
            outline = _turned(arc[0], arc[1], squash[i], lean[i]) + centres[i]
            mark_pen.polygon((outline * OVERSAMPLING).ravel().tolist(), fill=255)
    for x, y in scattered(rng, pixels=pixels, period=period, jitter=0.1) + period * 0.5:
        if rng.random() < 0.45:
            reach = period * rng.uniform(0.05, 0.1) * OVERSAMPLING
            dot = _turned(angles, reach * wobble[0], rng.uniform(0.5, 1), rng.uniform(0, TURN))
            mark_pen.polygon(
                (dot + (x * OVERSAMPLING, y * OVERSAMPLING)).ravel().tolist(), fill=255
            )
    return _reduced(marks), _reduced(hearts)


def _arcs(rng: Generator, radius: float) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
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


def _turned(
    angles: NDArray[np.float64], radii: NDArray[np.float64], squash: float, lean: float
) -> NDArray[np.float64]:
    x, y = np.cos(angles) * radii, np.sin(angles) * radii * squash
    cos, sin = np.cos(lean), np.sin(lean)
    return np.stack([x * cos - y * sin, x * sin + y * cos], axis=1)


def _reduced(mask: Image.Image) -> Field:
    return np.asarray(mask.reduce(OVERSAMPLING), np.float32) / np.float32(255)


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
    """`[pixels, pixels, 3]`: blossoms with leaves scattered on the ground colour."""
    sheet = Image.new("RGB", (pixels * OVERSAMPLING,) * 2, _ink(inks.ground))
    pen = ImageDraw.Draw(sheet)
    leaf = (
        rgb(0.25, 0.5, 0.27)
        if inks.ground[1] < 0.5 or inks.ground[0] > 0.5
        else rgb(0.78, 0.86, 0.6)
    )
    points = scattered(rng, pixels=pixels, period=period, jitter=0.17) * OVERSAMPLING
    for point in points:
        reach = period * OVERSAMPLING * float(rng.uniform(0.27, 0.38))
        _leaves(pen, rng, point, reach, leaf)
        petal = inks.petals[int(rng.integers(len(inks.petals)))]
        _blossom(pen, rng, point, reach, petal)
    for point in points + np.float32(period * OVERSAMPLING * 0.5):
        if rng.random() < 0.6:
            petal = inks.petals[int(rng.integers(len(inks.petals)))]
            _blossom(pen, rng, point, period * OVERSAMPLING * 0.11, petal)
    return np.asarray(sheet.reduce(OVERSAMPLING), np.float32) / np.float32(255)


def _leaves(
    pen: ImageDraw.ImageDraw, rng: Generator, point: Field, reach: float, leaf: Field
) -> None:
    along = np.linspace(0, TURN, 12, endpoint=False)
    for angle in rng.uniform(0, TURN, 2):
        length = reach * rng.uniform(0.5, 0.65)
        blade = _turned(along, length, 0.38, angle)
        tip = point + (np.cos(angle) * reach * 1.05, np.sin(angle) * reach * 1.05)
        pen.polygon((blade + tip).ravel().tolist(), fill=_ink(leaf * rng.uniform(0.85, 1.1)))


def _blossom(
    pen: ImageDraw.ImageDraw, rng: Generator, point: Field, reach: float, petal: Field
) -> None:
    along = np.linspace(0, TURN, 14, endpoint=False)
    petals = int(rng.integers(5, 7))
    start = rng.uniform(0, TURN)
    for i in range(petals):
        angle = start + TURN * i / petals
        middle = point + (np.cos(angle) * reach * 0.55, np.sin(angle) * reach * 0.55)
        shape = _turned(along, reach * 0.5, 0.72, angle)
        pen.polygon((shape + middle).ravel().tolist(), fill=_ink(petal * (1 - 0.07 * (i % 2))))
        inner = point + (np.cos(angle) * reach * 0.4, np.sin(angle) * reach * 0.4)
        vein = _turned(along, reach * 0.22, 0.4, angle)
        pen.polygon((vein + inner).ravel().tolist(), fill=_ink(petal * 0.82))
    heart = _turned(along, reach * 0.24, 1.0, 0.0) + point
    gold = rgb(0.96, 0.78, 0.25) if petal[2] > 0.3 or petal[0] < 0.8 else rgb(0.5, 0.27, 0.12)
    pen.polygon(heart.ravel().tolist(), fill=_ink(gold))


def _ink(colour: Field) -> tuple[int, int, int]:
    red, green, blue = (np.clip(colour, 0, 1) * 255).astype(int).tolist()
    return red, green, blue
