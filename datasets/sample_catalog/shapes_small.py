"""Umbrellas and notebooks."""

from __future__ import annotations

import math

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, Artist
from datasets.sample_catalog.palette import rgb


def umbrella(a: Artist) -> None:
    """An open umbrella with a hooked handle."""
    cy, reach, high = 0.47, a.between(0.38, 0.42), a.between(0.29, 0.34)
    ribs = a.chance.choice((5, 6, 7))
    xs = [0.5 - reach * math.cos(math.pi * i / ribs) for i in range(ribs + 1)]
    sag = [cy + 0.03 * math.sin(math.pi * i / ribs) for i in range(ribs + 1)]
    handle = a.wood if a.coin(0.7) else INK
    a.scene.paint(
        out.stroke([(0.5, 0.3), (0.5, 0.86)], 0.015), a.metal, lit.round_across(0.5, 0.01)
    )
    hook = out.curve([(0.5, 0.75), (0.5, 0.87), (0.525, 0.915), (0.565, 0.915), (0.585, 0.875)])
    a.scene.paint(out.stroke(hook, 0.027), handle, lit.soft(0.015, 1.1))
    a.scene.paint(
        out.stroke([(0.5, cy - high - 0.055), (0.5, cy - high + 0.02)], (0.008, 0.018)), a.metal
    )
    for i in _outside_in(ribs):
        ends = (xs[i], sag[i]), (xs[i + 1], sag[i + 1])
        _panel(a, *ends, tip=(0.5, cy - high), reach=reach, place=i / (ribs - 1))


def _outside_in(count: int) -> list[int]:
    return sorted(range(count), key=lambda i: -abs(i - (count - 1) / 2))


def _panel(
    a: Artist, left: out.Pair, right: out.Pair, *, tip: out.Pair, reach: float, place: float
) -> None:
    def rib(end: out.Pair) -> list[out.Pair]:
        across = (end[0] - tip[0]) / reach
        points = []
        for i in range(13):
            t = i / 12 * math.pi / 2
            points.append(
                (tip[0] + across * reach * math.sin(t), end[1] - (end[1] - tip[1]) * math.cos(t))
            )
        return points

    first, second = rib(left), rib(right)
    middle = ((left[0] + right[0]) / 2, (left[1] + right[1]) / 2 - 0.055)
    edge = out.curve([right, middle, left])
    panel = out.polygon(
        *first, *[(float(x), float(y)) for x, y in edge[::-1]][1:-1], *reversed(second)
    )
    tone = 1.1 - 0.3 * place
    light = lit.slope(left, right, first=tone + 0.05, last=tone - 0.09)
    a.scene.paint(
        panel,
        a.cloth(),
        light,
        lit.slope((0.5, tip[1]), (0.5, left[1]), first=1.06, last=0.9),
        lit.soft(0.02, 0.45),
    )
    a.scene.paint(out.stroke(second, 0.004), INK, opacity=0.22)


def notebook(a: Artist) -> None:
    """A notebook with an elastic band or a spiral."""
    half, high = a.between(0.25, 0.285), a.between(0.36, 0.39)
    x0, x1, y0, y1 = 0.5 - half, 0.5 + half, 0.5 - high, 0.5 + high
    spiral = a.coin(0.4)
    back = out.box(x0 + 0.018, y0 + 0.016, x1 + 0.018, y1 + 0.016, 0.022)
    a.scene.paint(back, a.inside)
    for i in range(5):
        d = 0.014 - i * 0.0025
        sheet = out.box(x0 + d, y0 + d + 0.002, x1 + d - 0.004, y1 + d - 0.004, 0.016)
        a.scene.paint(sheet, rgb(0.97, 0.955, 0.91) if i % 2 else rgb(0.84, 0.82, 0.77))
    cover = out.box(x0, y0, x1, y1, 0.022)
    a.scene.paint(
        cover,
        a.cloth(),
        lit.soft(0.014, 0.6),
        lit.slope((x0, y0), (x1, y1), first=1.05, last=0.92),
        shine=lit.sheen(a.between(0.35, 0.6), amount=0.06),
        cast=0.2,
    )
    if spiral:
        _spiral(a, x0, y0, y1)
    else:
        a.scene.paint(
            out.box(x0, y0, x0 + 0.055, y1, 0.02),
            INK,
            lit.slope((x0, 0), (x0 + 0.055, 0), first=1, last=1),
            opacity=0.13,
        )
        ribbon = out.polygon(
            (0.47, y1 - 0.01),
            (0.495, y1 - 0.01),
            (0.5, y1 + 0.06),
            (0.485, y1 + 0.045),
            (0.47, y1 + 0.06),
        )
        a.scene.paint(ribbon, a.trim)
        x = x1 - 0.075
        a.scene.paint(
            out.box(x, y0 - 0.003, x + 0.022, y1 + 0.014, 0.004),
            a.trim,
            lit.round_across(x + 0.011, 0.014),
            cast=0.35,
        )
    if a.coin(0.35):
        label = out.box(0.5 - 0.1, y0 + 0.13, 0.5 + 0.1, y0 + 0.23, 0.01)
        a.scene.paint(label, rgb(0.97, 0.955, 0.91), cast=0.2)
        for k in range(2):
            a.scene.paint(
                out.box(0.43, y0 + 0.165 + k * 0.03, 0.57 - k * 0.04, y0 + 0.171 + k * 0.03),
                INK,
                opacity=0.5,
            )


def _spiral(a: Artist, x0: float, y0: float, y1: float) -> None:
    count = 15
    for i in range(count):
        y = y0 + 0.035 + (y1 - y0 - 0.07) * i / (count - 1)
        a.scene.paint(out.ellipse(x0 + 0.03, y, 0.011, 0.008), INK, opacity=0.8)
        ring = out.curve(
            [
                (x0 + 0.03, y),
                (x0 + 0.005, y - 0.013),
                (x0 - 0.018, y - 0.004),
                (x0 - 0.012, y + 0.008),
            ]
        )
        a.scene.paint(out.stroke(ring, 0.0085), a.metal, lit.soft(0.006, 1.0))
