"""Close-ups for queries: the coat of an animal hair by hair, and swatches of cloth."""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from datasets.sample_catalog.noise import Field, fractal, resize, smooth_noise
from datasets.sample_catalog.palette import Inks, inks, mix, rgb
from datasets.sample_catalog.patterns import texture
from datasets.sample_catalog.scene import sampled
from datasets.sample_catalog.specs import NATURAL

Pixels = NDArray[np.float32]
"""`[h, w, 3]`, 0..1."""
OVERSAMPLING = 2
HAIRS = 15_000
"""Strokes that cover a close-up, whatever its size."""


def fur(pattern: str, rng: Random, size: int = 384, *, colour: str | None = None) -> Image.Image:
    """A close-up of a leopard's or zebra's coat, RGB; dyed if a colour other than its own is named.

    Raises ValueError for a pattern that no animal wears.
    """
    if pattern not in NATURAL:
        raise ValueError(f"pattern: {pattern!r} is no fur; use {' or '.join(NATURAL)}")
    chance = np.random.default_rng(rng.getrandbits(48))
    shade = inks(colour or NATURAL[pattern], pattern, rng)
    period = size * rng.uniform(0.17, 0.26)
    if pattern == "leopard" and colour in {None, NATURAL["leopard"]}:
        shade = Inks(
            mix(shade.ground, rgb(0.86, 0.62, 0.36), 0.6),
            shade.motif,
            shade.deep,
            shade.pale,
            shade.petals,
        )
    skin = texture(pattern, shade, chance, pixels=size, period=period).transpose(1, 2, 0)
    skin = _sunlit(skin, chance)
    return _groomed(skin, chance, size)


def _sunlit(skin: Pixels, chance: Generator) -> Pixels:
    """The coat over muscles: paler on one side, with broad light and shade."""
    pixels = skin.shape[0]
    body = smooth_noise(chance, pixels=pixels, cells=2) * 0.13
    side = np.linspace(1.08, 0.88, pixels, dtype=np.float32)[:, None]
    belly = np.clip(smooth_noise(chance, pixels=pixels, cells=1.5), 0, 1)[..., None] * 0.25
    pale = skin + (np.float32(0.93) - skin) * belly * (skin.mean(axis=2, keepdims=True) > 0.35)
    return np.asarray(pale * (side + body)[..., None], np.float32)


def _groomed(skin: Pixels, chance: Generator, size: int) -> Image.Image:
    """Thousands of tapering hairs, each the colour of the skin at its root."""
    flow = chance.uniform(0, 2 * np.pi) + smooth_noise(chance, pixels=size, cells=3) * 0.55
    canvas = Image.fromarray(np.asarray(np.clip(skin * 0.62, 0, 1) * 255, np.uint8))
    canvas = canvas.resize((size * OVERSAMPLING,) * 2, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(canvas)
    roots = chance.uniform(-0.03, 1.03, (HAIRS, 2))
    heading = flow.mean()
    roots = roots[np.argsort(-(roots @ np.array([np.cos(heading), np.sin(heading)])))]
    place = np.clip((roots * size).astype(int), 0, size - 1)
    colours = skin[place[:, 1], place[:, 0]]
    tone = chance.normal(1.0, 0.17, (HAIRS, 1)) + 0.08 * (chance.random((HAIRS, 1)) < 0.08)
    inked = (np.clip(colours * tone, 0, 1) * 255).astype(np.uint8).tolist()
    turn = flow[place[:, 1], place[:, 0]] + chance.normal(0, 0.16, HAIRS)
    length = size * OVERSAMPLING * chance.uniform(0.035, 0.075, HAIRS)
    start = roots * size * OVERSAMPLING
    middle = start + np.stack([np.cos(turn), np.sin(turn)], 1) * length[:, None] * 0.55
    bend = turn + chance.normal(0, 0.22, HAIRS)
    tip = middle + np.stack([np.cos(bend), np.sin(bend)], 1) * length[:, None] * 0.45
    lines = np.concatenate([start, middle, tip], axis=1).tolist()
    width = max(1, round(size * OVERSAMPLING / 320))
    for line, ink in zip(lines, inked, strict=True):
        pen.line(line[:4], fill=tuple(ink), width=width)
        pen.line(line[2:], fill=tuple(ink), width=max(1, width - 1))
    picture = canvas.resize((size, size), Image.Resampling.LANCZOS)
    return _focused(picture, chance)


def _focused(picture: Image.Image, chance: Generator) -> Image.Image:
    """Sharp in the middle and soft towards one edge, as close-ups are; a little grain."""
    size = picture.width
    blurred = picture.filter(ImageFilter.GaussianBlur(size / 190))
    edge = np.linspace(-0.5, 1.1, size)[None, :] + np.zeros((size, 1))
    mask = Image.fromarray(
        np.asarray(np.clip(edge if chance.random() < 0.5 else edge[:, ::-1], 0, 1) * 200, np.uint8)
    )
    mixed = np.asarray(Image.composite(blurred, picture, mask), np.float32)
    grain = chance.normal(0, 2.2, (size, size, 1))
    return Image.fromarray(np.asarray(np.clip(mixed + grain, 0, 255), np.uint8))


def swatch(pattern: str, colour: str, rng: Random, size: int = 384) -> Image.Image:
    """A piece of the printed cloth, photographed close: weave, soft folds, slanting light; RGB."""
    chance = np.random.default_rng(rng.getrandbits(48))
    period = size * rng.uniform(0.13, 0.24)
    sheet = texture(
        pattern, inks(colour, pattern, rng), chance, pixels=round(size * 1.5), period=period
    )
    u, v = _rumpled(chance, size, rng.uniform(-0.5, 0.5))
    cloth = sampled(sheet, u, v).transpose(1, 2, 0)
    hills = resize(fractal(chance, pixels=48, cells=3, octaves=2), size, size)
    down, right = np.gradient(hills)
    light = 1 + np.clip((down * 0.8 + right * 0.5) * size * 0.035, -0.3, 0.25)
    weave = (
        1 + 0.03 * np.sin(np.arange(size) * 2.1)[:, None] * np.sin(np.arange(size) * 2.1)[None, :]
    )
    lit = cloth * (light * weave * rng.uniform(0.9, 1.05))[..., None]
    grain = chance.normal(0, 0.008, (size, size, 1))
    return Image.fromarray(np.asarray(np.clip(lit + grain, 0, 1) * 255, np.uint8))


def _rumpled(chance: Generator, size: int, angle: float) -> tuple[Field, Field]:
    """Where on the cloth `[size, size]` pixels lie: two thirds of it, turned and bent."""
    line = (np.arange(size, dtype=np.float32) / size - 0.5) * 0.7
    x = line[None, :] + smooth_noise(chance, pixels=size, cells=4) * 0.009
    y = line[:, None] + smooth_noise(chance, pixels=size, cells=4) * 0.009
    cos, sin = np.cos(angle), np.sin(angle)
    u, v = x * cos - y * sin + 0.5, x * sin + y * cos + 0.5
    return u.astype(np.float32), v.astype(np.float32)
