"""A picture being drawn: parts are painted one over the other, each lit by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from datasets.sample_catalog.noise import Field, blur, resize
from datasets.sample_catalog.outlines import Outline
from datasets.sample_catalog.palette import Colour
from datasets.sample_catalog.patterns import Picture, planes

OVERSAMPLING = 3
REACH = 0.06
"""How far the cloth extends beyond the unit square on each side."""


@dataclass(frozen=True, slots=True)
class Pose:
    """How the drawing's unit square lies in the picture."""

    scale: float = 1.0
    turn: float = 0.0
    """Radians, clockwise."""
    shift: tuple[float, float] = (0.0, 0.0)

    def matrix(self) -> Field:
        """`[2, 2]` of the linear part."""
        cos, sin = np.cos(self.turn) * self.scale, np.sin(self.turn) * self.scale
        return np.array([[cos, -sin], [sin, cos]], np.float32)


@dataclass(frozen=True, slots=True)
class Region:
    """The window of pixels that a part falls into."""

    top: int
    left: int
    cover: Field
    """`[h, w]`, 1 inside the part."""
    u: Field
    v: Field
    """`[h, w]`: where each pixel is in the unit square of the drawing."""
    unit: float
    """Pixels in one unit."""

    @property
    def window(self) -> tuple[slice, slice]:
        height, width = self.cover.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


Light = Callable[[Region], Field]
"""Gives `[h, w]`: a factor of brightness, or an amount of shine."""
Fill = Callable[[Region], Picture]
Warp = Callable[[Region], tuple[Field, Field]]
"""Gives the place on the cloth for each pixel."""


class Scene:
    """Colour `[3, size, size]`, times its cover, and cover `[size, size]` of all painted so far."""

    def __init__(self, size: int, pose: Pose, cloth: Picture) -> None:
        self.size = size
        self.pose = pose
        self.rgb = np.zeros((3, size, size), np.float32)
        self.alpha = np.zeros((size, size), np.float32)
        self._cloth = cloth
        self._matrix = pose.matrix()
        self._inverse = np.linalg.inv(self._matrix).astype(np.float32)
        self._shift = np.array(pose.shift, np.float32) + 0.5

    def region(self, outline: Outline) -> Region | None:
        """Where the outline falls; None if outside of the picture."""
        placed = [self._placed(points) for points in outline.solid]
        every = np.concatenate(placed)
        left, top = np.maximum(np.floor(every.min(axis=0)).astype(int) - 2, 0)
        right, bottom = np.minimum(np.ceil(every.max(axis=0)).astype(int) + 2, self.size)
        if right - left < 1 or bottom - top < 1:
            return None
        n = OVERSAMPLING
        mask = Image.new("L", ((right - left) * n, (bottom - top) * n))
        pen = ImageDraw.Draw(mask)
        corner = np.array((left, top))
        for points in placed:
            pen.polygon(((points - corner) * n).ravel().tolist(), fill=255)
        for points in outline.holes:
            pen.polygon(((self._placed(points) - corner) * n).ravel().tolist(), fill=0)
        cover = np.asarray(mask.reduce(n), np.float32) / np.float32(255)
        u, v = self._coordinates(int(left), int(top), int(right), int(bottom))
        return Region(int(top), int(left), cover, u, v, self.size * self.pose.scale)

    def paint(
        self,
        outline: Outline,
        fill: Fill | Colour,
        *lights: Light,
        shine: Light | None = None,
        cast: float = 0.0,
        opacity: float = 1.0,
    ) -> None:
        """Lay a part over the rest; `cast` is the strength of its shadow on what lies below."""
        region = self.region(outline)
        if region is None:
            return
        if cast:
            self._cast(region, cast)
        lit = fill(region) if callable(fill) else planes(fill)
        if lights:
            lit = lit * combined(lights)(region)
        if shine is not None:
            lit = lit + shine(region)
        self._over(region, np.clip(lit, 0, 1), region.cover * np.float32(opacity))

    def cloth(self, warp: Warp | None = None) -> Fill:
        """The product's own pattern, as a fill."""

        def fill(region: Region) -> Picture:
            u, v = (region.u, region.v) if warp is None else warp(region)
            return sampled(self._cloth, u, v)

        return fill

    def _over(self, region: Region, colour: Picture, cover: Field) -> None:
        window = region.window
        below = self.rgb[:, window[0], window[1]]
        below += (colour - below) * cover
        self.alpha[window] += (1 - self.alpha[window]) * cover

    def _cast(self, region: Region, strength: float) -> None:
        reach = max(2, round(0.012 * self.size))
        rows, columns = region.window
        top, left = max(0, rows.start - reach), max(0, columns.start - reach)
        bottom = min(self.size, rows.stop + 3 * reach)
        right = min(self.size, columns.stop + 3 * reach)
        shadow = np.zeros((bottom - top, right - left), np.float32)
        down, across = rows.start - top + reach, columns.start - left + reach // 2
        space = shadow[down : down + region.cover.shape[0], across : across + region.cover.shape[1]]
        space[...] = region.cover[: space.shape[0], : space.shape[1]]
        dark = 1 - blur(shadow, reach) * np.float32(strength)
        self.rgb[:, top:bottom, left:right] *= dark

    def _placed(self, points: np.ndarray) -> np.ndarray:
        return ((points - 0.5) @ self._matrix.T + self._shift) * self.size

    def _coordinates(self, left: int, top: int, right: int, bottom: int) -> tuple[Field, Field]:
        x = (np.arange(left, right, dtype=np.float32) + 0.5) / self.size - self._shift[0]
        y = (np.arange(top, bottom, dtype=np.float32) + 0.5) / self.size - self._shift[1]
        inverse = self._inverse
        u = inverse[0, 0] * x[None, :] + inverse[0, 1] * y[:, None] + np.float32(0.5)
        v = inverse[1, 0] * x[None, :] + inverse[1, 1] * y[:, None] + np.float32(0.5)
        return u, v


def combined(lights: Sequence[Light]) -> Light:
    """Several lights as one: their factors multiplied."""

    def light(region: Region) -> Field:
        total = lights[0](region)
        for one in lights[1:]:
            total = total * one(region)
        return total

    return light


def sampled(cloth: Picture, u: Field, v: Field) -> Picture:
    """Colours `[3, h, w]` of the cloth at the places (u, v), mixed from the four around each."""
    side = cloth.shape[1]
    x = np.clip((u + REACH) * (side / (1 + 2 * REACH)) - 0.5, 0, side - 1.001)
    y = np.clip((v + REACH) * (side / (1 + 2 * REACH)) - 0.5, 0, side - 1.001)
    column, row = x.astype(np.int32), y.astype(np.int32)
    dx, dy = x - column, y - row
    first = row * side + column
    found = np.empty((3, *u.shape), np.float32)
    for ink, plane in zip(found, cloth.reshape(3, -1), strict=True):
        corner, beside = plane.take(first), plane.take(first + 1)
        below, across = plane.take(first + side), plane.take(first + side + 1)
        top = corner + (beside - corner) * dx
        ink[...] = top + (below + (across - below) * dx - top) * dy
    return found


def shrunk(field: Field, factor: int) -> Field:
    """The field at a fraction of its size, for cheap blurs."""
    height, width = field.shape
    return resize(field, max(2, width // factor), max(2, height // factor))
