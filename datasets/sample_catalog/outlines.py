"""Outlines of parts: polygons in the unit square, y pointing down."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""`[n, 2]`, x and y."""
Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Outline:
    """Filled polygons with polygons cut out of them."""

    solid: tuple[Points, ...]
    holes: tuple[Points, ...] = ()

    def minus(self, *others: Outline) -> Outline:
        """The same with the others cut out."""
        cut = tuple(points for other in others for points in other.solid)
        return Outline(self.solid, self.holes + cut)

    def plus(self, *others: Outline) -> Outline:
        """Both, as one part."""
        more = tuple(points for other in others for points in other.solid)
        return Outline(self.solid + more, self.holes)

    def moved(self, dx: float, dy: float) -> Outline:
        """The same a little further right and down."""
        shift = np.array((dx, dy))
        return Outline(tuple(p + shift for p in self.solid), tuple(p + shift for p in self.holes))


def polygon(*points: Pair) -> Outline:
    """Straight edges."""
    return Outline((np.array(points, float),))


def ellipse(
    cx: float, cy: float, rx: float, ry: float | None = None, *, tilt: float = 0
) -> Outline:
    """An ellipse, turned by `tilt` radians; a circle without `ry`."""
    turn = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    x, y = np.cos(turn) * rx, np.sin(turn) * (rx if ry is None else ry)
    cos, sin = np.cos(tilt), np.sin(tilt)
    return Outline((np.stack([cx + x * cos - y * sin, cy + x * sin + y * cos], axis=1),))


def box(x0: float, y0: float, x1: float, y1: float, r: float = 0.0) -> Outline:
    """A rectangle with corners rounded by `r`."""
    r = min(r, (x1 - x0) / 2, (y1 - y0) / 2)
    if r <= 0:
        return polygon((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    turn = np.linspace(0, np.pi / 2, 10)
    arc = np.stack([np.cos(turn), np.sin(turn)], axis=1) * r
    corners = []
    for cx, cy, quarter in (
        (x1 - r, y1 - r, 0),
        (x0 + r, y1 - r, 1),
        (x0 + r, y0 + r, 2),
        (x1 - r, y0 + r, 3),
    ):
        cos, sin = np.cos(quarter * np.pi / 2), np.sin(quarter * np.pi / 2)
        corners.append(arc @ np.array([[cos, sin], [-sin, cos]]) + (cx, cy))
    return Outline((np.concatenate(corners),))


def smooth(points: Sequence[Pair] | Points, *, closed: bool = True, steps: int = 8) -> Outline:
    """A curve through all the points (Catmull-Rom)."""
    return Outline((curve(points, closed=closed, steps=steps),))


def curve(points: Sequence[Pair] | Points, *, closed: bool = False, steps: int = 8) -> Points:
    """`[m, 2]`: points of a smooth line through the given ones."""
    given = np.asarray(points, float)
    if closed:
        around = np.concatenate([given[-1:], given, given[:2]])
    else:
        around = np.concatenate([given[:1], given, given[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    p0, p1, p2, p3 = (around[i : len(around) - 3 + i, None, :] for i in range(4))
    line = 0.5 * (
        2 * p1
        + (p2 - p0) * t
        + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
        + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    )
    dense = line.reshape(-1, 2)
    return dense if closed else np.concatenate([dense, given[-1:]])


def stroke(line: Points | Sequence[Pair], width: float | Sequence[float]) -> Outline:
    """A band along the line with round ends; `width` may change from start to end."""
    path = np.asarray(line, float)
    half = (
        np.interp(np.linspace(0, 1, len(path)), np.linspace(0, 1, np.size(width)), np.ravel(width))
        / 2
    )
    along = np.gradient(path, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1])[:, None], 1e-9)
    side = np.stack([-along[:, 1], along[:, 0]], axis=1) * half[:, None]
    band = np.concatenate([path + side, (path - side)[::-1]])
    (x0, y0), (x1, y1) = path[0], path[-1]
    ends = (*ellipse(x0, y0, half[0]).solid, *ellipse(x1, y1, half[-1]).solid)
    return Outline((band, *ends))


def between(first: Points, second: Points) -> Outline:
    """The area between two lines that run the same way."""
    return Outline((np.concatenate([first, second[::-1]]),))


def symmetric(points: Iterable[Pair], *, about: float = 0.5) -> list[Pair]:
    """The left half of a shape, from top to bottom, completed to a closed one."""
    left = list(points)
    return left + [(2 * about - x, y) for x, y in reversed(left)]


def revolved(profile: Sequence[Pair], *, cx: float = 0.5, steps: int = 8) -> Outline:
    """A turned body: `profile` gives half width and height from top to bottom."""
    side = curve(profile, steps=steps)
    left = np.stack([cx - side[:, 0], side[:, 1]], axis=1)
    right = np.stack([cx + side[:, 0], side[:, 1]], axis=1)
    return Outline((np.concatenate([left, right[::-1]]),))


def arc(cx: float, cy: float, rx: float, ry: float, *, turns: Pair = (0, 1)) -> Points:
    """`[n, 2]` along an ellipse, clockwise; `turns` counts from the right: 0.25 is the lowest."""
    turn = np.linspace(*turns, 40) * 2 * np.pi
    return np.stack([cx + np.cos(turn) * rx, cy + np.sin(turn) * ry], axis=1)
