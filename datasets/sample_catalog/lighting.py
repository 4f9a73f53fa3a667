"""Light on parts: each function gives a brightness (or a shine) for every pixel of a region."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from datasets.sample_catalog.noise import Field, blur, resize
from datasets.sample_catalog.outlines import Pair
from datasets.sample_catalog.scene import Light, Region, Warp, shrunk

FROM = (-0.5, -0.8)
"""Where the studio's lamp stands: upper left."""
COARSE = 96
"""Soft shading is computed on a picture about this wide."""


def soft(depth: float = 0.06, strength: float = 1.0) -> Light:
    """As if the part were stuffed: bright towards the lamp, dark at the far edge."""

    def light(region: Region) -> Field:
        factor = max(1, round(region.unit / COARSE))
        height, width = region.cover.shape
        pad = max(2, round(depth * region.unit / factor))
        small = np.pad(shrunk(region.cover, factor), pad)
        swell = blur(small, depth * region.unit / factor)
        down, right = np.gradient(swell)
        slope = (down * -FROM[1] + right * -FROM[0]) * np.float32(pad)
        shade = 1 + strength * (0.5 * slope + 0.22 * (np.clip(swell, 0, 1) - 0.85))
        inner = shade[pad:-pad, pad:-pad].astype(np.float32)
        return np.clip(resize(inner, width, height), 0.25, 1.6)

    return light


def round_across(cx: float, half: float, *, strength: float = 1.0) -> Light:
    """A standing cylinder of half width `half`: bright left of the middle, dark at the sides."""

    def light(region: Region) -> Field:
        t = np.clip((region.u - cx) / half, -1, 1)
        return _barrel(t, strength)

    return light


def turned(profile: Sequence[Pair], *, cx: float = 0.5, strength: float = 1.0) -> Light:
    """A turned body whose half width changes with height, as for `outlines.revolved`."""

    def light(region: Region) -> Field:
        return _barrel(_across(region, profile, cx), strength)

    return light


def glint(
    profile: Sequence[Pair], *, cx: float = 0.5, at: float = -0.5, amount: float = 0.3
) -> Light:
    """A soft vertical reflection on a turned body; `at` runs from -1 (left) to 1 (right)."""

    def shine(region: Region) -> Field:
        t = _across(region, profile, cx)
        edge = np.exp(-(((t - 0.82) / 0.07) ** 2)) * 0.3
        return np.asarray(amount * (np.exp(-(((t - at) / 0.11) ** 2)) + edge), np.float32)

    return shine


def around(profile: Sequence[Pair], *, cx: float = 0.5) -> Warp:
    """The cloth wrapped round a turned body: it crowds at the sides."""
    widest = max(half for half, _ in profile)

    def warp(region: Region) -> tuple[Field, Field]:
        t = _across(region, profile, cx)
        u = np.float32(cx) + np.arcsin(t * np.float32(0.97)) * np.float32(widest * 0.85)
        bulge = np.sqrt(1 - t * t * np.float32(0.94)) * np.float32(0.02)
        return u.astype(np.float32), np.asarray(region.v - bulge, np.float32)

    return warp


def _across(region: Region, profile: Sequence[Pair], cx: float) -> Field:
    heights = np.array([y for _, y in profile])
    halves = np.array([half for half, _ in profile])
    half = np.interp(region.v, heights, halves).astype(np.float32)
    t = (region.u - np.float32(cx)) / np.maximum(half, 1e-3)
    return np.asarray(np.clip(t, -1, 1), np.float32)


def _barrel(t: Field, strength: float) -> Field:
    facing = np.sqrt(np.maximum(1 - t * t, 0))
    shade = 0.62 + 0.34 * facing - 0.16 * t + 0.12 * np.exp(-(((t + 0.42) / 0.3) ** 2))
    return np.asarray(1 + strength * (shade - 0.98), np.float32)


def slope(start: Pair, end: Pair, *, first: float, last: float) -> Light:
    """Brightness that changes evenly from one place to another."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy

    def light(region: Region) -> Field:
        t = ((region.u - start[0]) * dx + (region.v - start[1]) * dy) / length
        return np.asarray(first + (last - first) * np.clip(t, 0, 1), np.float32)

    return light


def ball(cx: float, cy: float, r: float, *, strength: float = 1.0) -> Light:
    """A sphere."""

    def light(region: Region) -> Field:
        x, y = (region.u - cx) / r, (region.v - cy) / r
        z = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
        shade = 0.62 + 0.5 * np.clip(-0.45 * x - 0.6 * y + 0.6 * z, -0.4, 1)
        return np.asarray(1 + strength * (shade - 0.98), np.float32)

    return light


def spark(cx: float, cy: float, rx: float, ry: float, *, amount: float = 0.5) -> Light:
    """A soft highlight, for `shine`."""

    def shine(region: Region) -> Field:
        x, y = (region.u - cx) / rx, (region.v - cy) / ry
        return np.asarray(amount * np.exp(-(x * x + y * y)), np.float32)

    return shine


def sheen(x: float, *, width: float = 0.07, lean: float = 0.45, amount: float = 0.16) -> Light:
    """A slanted band of reflected window light on something flat and glossy, for `shine`."""

    def shine(region: Region) -> Field:
        away = (region.u - x + (region.v - 0.5) * lean) / width
        band = np.clip(1.5 - np.abs(away), 0, 1) + 0.6 * np.clip(0.6 - np.abs(away - 2.4), 0, 0.3)
        fade = np.clip(1.15 - region.v, 0.1, 1)
        return np.asarray(amount * band * fade, np.float32)

    return shine


def fold(start: Pair, end: Pair, *, width: float = 0.03, depth: float = 0.14) -> Light:
    """A crease in cloth: a bright and a dark flank that fade out at both ends."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max(float(np.hypot(dx, dy)), 1e-6)

    def light(region: Region) -> Field:
        x, y = region.u - start[0], region.v - start[1]
        along = (x * dx + y * dy) / length**2
        away = (x * dy - y * dx) / (length * width)
        fade = np.clip(np.minimum(along, 1 - along) * 4 + 0.25, 0, 1)
        wave = away * np.exp(-away * away) * 2.3
        return np.asarray(1 - depth * wave * fade, np.float32)

    return light


def woven(*, rows: int = 96, amount: float = 0.06) -> Light:
    """Thick yarn: rows of small knots, each a little lighter or darker than the next."""

    def light(region: Region) -> Field:
        row, column = np.floor(region.v * rows), np.floor(region.u * rows * 1.4)
        knot = np.sin(row * 12.9898 + column * 78.233) * 437.585
        ridge = 1 - np.abs(region.v * rows - row - 0.5) * 2
        return np.asarray(1 + amount * (knot - np.floor(knot) - 0.8 + ridge * 0.8), np.float32)

    return light


def receding(far: Pair, near: Pair) -> Warp:
    """The cloth lies on the floor: `(height, half width)` of its far and of its near edge."""
    (top, narrow), (low, wide) = far, near

    def warp(region: Region) -> tuple[Field, Field]:
        t = np.clip((region.v - top) / (low - top), 0, 1)
        half = narrow + (wide - narrow) * t
        depth = t * narrow / (wide - t * (wide - narrow))
        u = 0.5 + (region.u - 0.5) / half * 0.42
        return np.asarray(u, np.float32), np.asarray(0.2 + depth * 0.62, np.float32)

    return warp
