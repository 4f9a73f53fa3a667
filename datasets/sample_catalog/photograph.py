"""A product as somebody photographs it at home: clutter, an odd angle, a bad lamp, a cheap lens."""

from __future__ import annotations

import math
from random import Random

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from datasets.sample_catalog.drawing import SIZE, cut_out
from datasets.sample_catalog.noise import fractal, smooth_noise
from datasets.sample_catalog.outlines import box
from datasets.sample_catalog.palette import COLOURS, base, mix, rgb
from datasets.sample_catalog.specs import ProductSpec

ROOMS = ("wood", "wall", "cloth", "table")


def photograph(spec: ProductSpec, rng: Random, *, size: int = SIZE) -> Image.Image:
    """The product, RGB, turned, in perspective, partly covered, on a cluttered background."""
    chance = np.random.default_rng(rng.getrandbits(48))
    scene = _room(rng, chance, size)
    scene = _clutter(scene, rng, size)
    product = _tilted(cut_out(spec, size=size), rng)
    scene.paste((15, 12, 10), (round(size * 0.02), round(size * 0.03)), _shade(product))
    scene.paste(product, (0, 0), product)
    if rng.random() < 0.6:
        scene = _covered(scene, rng, size)
    return _developed(scene, rng, chance, size)


def _room(rng: Random, chance: Generator, size: int) -> Image.Image:
    style = rng.choice(ROOMS)
    tone = mix(base(rng.choice(list(COLOURS))), rgb(0.6, 0.55, 0.5), rng.uniform(0.35, 0.75))
    grain = fractal(chance, pixels=size, cells=5)
    if style == "wood":
        line = smooth_noise(chance, pixels=size, cells=26)[:, :1] + 0 * grain
        boards = (np.arange(size) // max(1, size // 5)) % 2 * 0.06
        tone = mix(tone, rgb(0.55, 0.38, 0.24), 0.6)
        light = 1 + 0.16 * line + 0.05 * grain - boards[:, None]
    elif style == "table":
        horizon = rng.uniform(0.35, 0.6)
        light = np.where(np.linspace(0, 1, size)[:, None] < horizon, 0.72, 1.08) + 0.06 * grain
    else:
        light = 1 + (0.2 if style == "cloth" else 0.1) * grain
    fall = np.linspace(rng.uniform(0.85, 1.15), rng.uniform(0.85, 1.15), size)[None, :]
    return _image(tone * (light * fall)[..., None])


def _clutter(scene: Image.Image, rng: Random, size: int) -> Image.Image:
    """Things that stand around, out of focus."""
    pen = ImageDraw.Draw(scene)
    for _ in range(rng.randint(3, 8)):
        tone = mix(base(rng.choice(list(COLOURS))), rgb(0.5, 0.5, 0.5), rng.uniform(0.1, 0.6))
        ink = tuple(int(value * 255) for value in tone.tolist())
        x, y = rng.uniform(-0.1, 1.0) * size, rng.uniform(-0.1, 1.0) * size
        wide, high = rng.uniform(0.08, 0.35) * size, rng.uniform(0.08, 0.35) * size
        shape = (x, y, x + wide, y + high)
        if rng.random() < 0.5:
            pen.rounded_rectangle(shape, size * 0.02, fill=ink)
        else:
            pen.ellipse(shape, fill=ink)
    small = scene.reduce(2).filter(ImageFilter.GaussianBlur(size * rng.uniform(0.0025, 0.01)))
    return small.resize((size, size), Image.Resampling.BICUBIC)


def _tilted(product: Image.Image, rng: Random) -> Image.Image:
    """Turned, smaller or larger, and seen from a corner."""
    size, angle = product.width, math.radians(rng.uniform(-22, 22))
    cos, sin = math.cos(angle) / rng.uniform(0.78, 1.0), math.sin(angle) / rng.uniform(0.78, 1.0)
    aside, down = rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05)
    corners = []
    for x, y in ((-0.5, -0.5), (-0.5, 0.5), (0.5, 0.5), (0.5, -0.5)):
        px = 0.5 + aside + x * cos - y * sin + rng.uniform(-0.09, 0.09)
        py = 0.5 + down + x * sin + y * cos + rng.uniform(-0.09, 0.09)
        corners += [px * size, py * size]
    quad = Image.Transform.QUAD
    return product.transform((size, size), quad, corners, Image.Resampling.BILINEAR)


def _shade(product: Image.Image) -> Image.Image:
    """How dark it is under the product: its outline, softened."""
    small = (
        product.getchannel("A").reduce(4).filter(ImageFilter.GaussianBlur(product.width * 0.005))
    )
    dark = small.point([round(value * 0.55) for value in range(256)])
    return dark.resize(product.size, Image.Resampling.BILINEAR)


def _covered(scene: Image.Image, rng: Random, size: int) -> Image.Image:
    """Something in front of an edge: a card, a leaf, a thumb."""
    tone = mix(base(rng.choice(list(COLOURS))), rgb(0.8, 0.62, 0.5), rng.uniform(0.2, 0.9))
    wide, long = rng.uniform(0.06, 0.11), rng.uniform(0.14, 0.24)
    shape = box(-long, -wide, long, wide, wide * rng.uniform(0.1, 1)).solid[0]
    angle, away = rng.uniform(0, 2 * math.pi), rng.uniform(0.35, 0.5)
    cos, sin = math.cos(angle), math.sin(angle)
    middle = np.array((0.5 + cos * away, 0.5 + sin * away))
    placed = shape @ np.array([[cos, sin], [-sin, cos]]) + middle
    mask = Image.new("L", (size, size))
    ImageDraw.Draw(mask).polygon((placed * size).ravel().tolist(), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(size * 0.006))
    scene.paste(tuple(int(value * 255) for value in tone.tolist()), (0, 0), mask)
    return scene


def _developed(scene: Image.Image, rng: Random, chance: Generator, size: int) -> Image.Image:
    """Colour cast, exposure, vignette, blur and noise."""
    scene = scene.filter(ImageFilter.GaussianBlur(size * rng.uniform(0.0, 0.0035)))
    picture = np.asarray(scene, np.float32) / 255
    warm = rng.uniform(-0.07, 0.09)
    cast = np.array((1 + warm, 1 + rng.uniform(-0.02, 0.02), 1 - warm), np.float32)
    line = np.linspace(-1, 1, size, dtype=np.float32)
    corners = (
        1 - np.float32(rng.uniform(0.05, 0.22)) * (line[:, None] ** 2 + line[None, :] ** 2) / 2
    )
    picture = picture * cast * (corners * np.float32(rng.uniform(0.82, 1.12)))[..., None]
    grain = chance.standard_normal((size, size, 3), np.float32)
    picture = picture + grain * np.float32(rng.uniform(0.01, 0.035))
    return _image(np.asarray(picture, np.float32))


def _image(picture: NDArray[np.float32]) -> Image.Image:
    return Image.fromarray(np.asarray(np.clip(picture, 0, 1) * 255, np.uint8))
