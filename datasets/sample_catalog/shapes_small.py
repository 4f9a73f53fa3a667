"""Hats, sneakers, umbrellas and notebooks."""

from __future__ import annotations

import math

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, WHITE, Artist
from datasets.sample_catalog.palette import mix, rgb


def hat(a: Artist) -> None:
    """A cap, a bucket hat or a wide-brimmed one."""
    a.chance.choice((_cap, _bucket, _brimmed))(a)


def _cap(a: Artist) -> None:
    crown = out.smooth(
        [
            (0.24, 0.6),
            (0.235, 0.47),
            (0.3, 0.32),
            (0.45, 0.25),
            (0.6, 0.29),
            (0.69, 0.42),
            (0.705, 0.58),
            (0.6, 0.635),
            (0.4, 0.645),
        ]
    )
    a.scene.paint(crown, a.cloth(), lit.soft(0.11, 1.25), lit.ball(0.42, 0.5, 0.4, strength=0.5))
    for bend in (-0.075, 0.075):
        seam = out.curve([(0.455, 0.255), (0.455 + bend * 1.3, 0.42), (0.46 + bend * 1.9, 0.635)])
        a.scene.paint(out.stroke(seam, 0.0045), INK, opacity=0.25)
    a.scene.paint(out.ellipse(0.455, 0.25, 0.022, 0.014), a.trim, lit.ball(0.455, 0.25, 0.022))
    visor = out.smooth(
        [
            (0.5, 0.615),
            (0.62, 0.555),
            (0.705, 0.545),
            (0.83, 0.6),
            (0.905, 0.675),
            (0.83, 0.7),
            (0.7, 0.685),
            (0.56, 0.685),
        ]
    )
    a.scene.paint(visor.moved(0, 0.012), a.inside)
    fill = a.cloth() if a.coin() else a.trim
    a.scene.paint(
        visor,
        fill,
        lit.soft(0.045, 1.1),
        lit.slope((0.6, 0.56), (0.8, 0.7), first=0.88, last=1.1),
        cast=0.25,
    )
    for i in range(3):
        d = i * 0.022
        stitch = out.curve(
            [(0.57 + d, 0.655 - d * 0.1), (0.7, 0.645 - d), (0.84 - d, 0.655 - d * 0.4)]
        )
        a.scene.paint(out.stroke(stitch, 0.0025), a.contrast, opacity=0.35)


def _bucket(a: Artist) -> None:
    brim = out.smooth(
        [
            (0.31, 0.5),
            (0.2, 0.62),
            (0.15, 0.7),
            (0.28, 0.765),
            (0.5, 0.79),
            (0.72, 0.765),
            (0.85, 0.7),
            (0.8, 0.62),
            (0.69, 0.5),
        ]
    )
    a.scene.paint(out.ellipse(0.5, 0.71, 0.32, 0.06), a.inside)
    a.scene.paint(
        brim,
        a.cloth(),
        lit.soft(0.05, 1.0),
        lit.slope((0.5, 0.55), (0.5, 0.78), first=0.86, last=1.12),
        lit.round_across(0.5, 0.42, strength=0.7),
    )
    crown = out.smooth(
        [
            (0.345, 0.31),
            (0.42, 0.275),
            (0.58, 0.275),
            (0.655, 0.31),
            (0.7, 0.545),
            (0.6, 0.585),
            (0.5, 0.592),
            (0.4, 0.585),
            (0.3, 0.545),
        ]
    )
    a.scene.paint(
        crown, a.cloth(), lit.soft(0.06, 0.9), lit.round_across(0.5, 0.24, strength=0.9), cast=0.3
    )
    a.scene.paint(
        out.ellipse(0.5, 0.305, 0.15, 0.035),
        a.cloth(),
        lit.soft(0.02, 0.5),
        lit.slope((0.4, 0.28), (0.6, 0.33), first=1.12, last=1.0),
    )
    for k in range(3):
        y = 0.635 + k * 0.04
        line = out.curve([(0.25 - k * 0.035, y), (0.5, y + 0.05), (0.75 + k * 0.035, y)])
        a.scene.paint(out.stroke(line, 0.003), INK, opacity=0.25)


def _brimmed(a: Artist) -> None:
    a.scene.paint(out.ellipse(0.5, 0.655, 0.41, 0.13), a.inside)
    brim = out.smooth(
        [
            (0.09, 0.62),
            (0.2, 0.56),
            (0.5, 0.52),
            (0.8, 0.56),
            (0.91, 0.62),
            (0.78, 0.715),
            (0.5, 0.755),
            (0.22, 0.715),
        ]
    )
    a.scene.paint(
        brim,
        a.cloth(),
        lit.soft(0.05, 0.9),
        lit.slope((0.2, 0.55), (0.8, 0.75), first=1.08, last=0.88),
    )
    dip = a.between(0.0, 0.035)
    crown = out.smooth(
        [
            (0.315, 0.6),
            (0.33, 0.42),
            (0.38, 0.31),
            (0.5, 0.285 + dip),
            (0.62, 0.31),
            (0.67, 0.42),
            (0.685, 0.6),
            (0.5, 0.665),
        ]
    )
    a.scene.paint(crown, a.cloth(), lit.soft(0.07, 1.0), lit.round_across(0.5, 0.2), cast=0.35)
    band = out.Outline(
        (
            out.np.concatenate(
                [
                    out.curve([(0.32, 0.535), (0.5, 0.585), (0.68, 0.535)]),
                    out.curve([(0.686, 0.6), (0.5, 0.662), (0.314, 0.6)]),
                ]
            ),
        )
    )
    a.scene.paint(band, a.leather if a.coin() else a.trim, lit.round_across(0.5, 0.2), cast=0.12)


def sneaker(a: Artist) -> None:
    """A sneaker seen from the side, its toe to the right."""
    high = a.coin(0.35)
    collar = 0.25 if high else 0.365
    upper = [
        (0.1, 0.66),
        (0.105, 0.5),
        (0.125, collar + 0.02),
        (0.2, collar - 0.012),
        (0.34, collar + 0.02),
        (0.43, 0.43),
        (0.56, 0.515),
        (0.7, 0.555),
        (0.83, 0.575),
        (0.9, 0.63),
        (0.905, 0.68),
        (0.5, 0.69),
    ]
    inner = out.smooth(
        [(0.13, collar + 0.03), (0.22, collar - 0.03), (0.35, collar), (0.36, collar + 0.06)]
    )
    a.scene.paint(inner, a.inside)
    body = out.smooth(upper, steps=10)
    a.scene.paint(
        body,
        a.cloth(),
        lit.soft(0.07, 1.2),
        lit.slope((0.5, 0.4), (0.5, 0.7), first=1.05, last=0.92),
    )
    tongue = out.smooth(
        [
            (0.33, collar - 0.03),
            (0.39, collar - 0.04),
            (0.46, 0.43),
            (0.55, 0.5),
            (0.5, 0.52),
            (0.4, 0.46),
        ]
    )
    a.scene.paint(tongue, mix(a.inks.ground, WHITE, 0.25), lit.soft(0.02))
    white = a.coin(0.75)
    rubber = WHITE if white else mix(INK, a.inks.deep, 0.3)
    toe = out.smooth(
        [(0.76, 0.685), (0.765, 0.6), (0.81, 0.572), (0.87, 0.6), (0.905, 0.64), (0.91, 0.685)]
    )
    if a.coin(0.6):
        a.scene.paint(toe, rubber, lit.soft(0.035, 1.0), cast=0.15)
    heel = out.smooth(
        [
            (0.098, 0.66),
            (0.1, 0.52),
            (0.118, collar + 0.03),
            (0.155, collar + 0.02),
            (0.165, 0.52),
            (0.2, 0.66),
        ]
    )
    a.scene.paint(heel, a.trim, lit.soft(0.03, 1.0), cast=0.15)
    _laces(a, collar)
    if a.coin(0.5):
        swoop = out.stroke(
            out.curve([(0.25, 0.62), (0.38, 0.6), (0.52, 0.56)]), (0.01, 0.035, 0.01)
        )
        a.scene.paint(swoop, a.contrast, lit.soft(0.01, 0.6))
    _sole(a, rubber)


def _laces(a: Artist, collar: float) -> None:
    count = 5
    for i in range(count):
        t = i / (count - 1)
        x, y = 0.375 + 0.165 * t, collar + 0.06 + (0.515 - collar - 0.06) * t**0.85
        lace = out.curve([(x - 0.05, y + 0.045), (x, y + 0.005), (x + 0.03, y - 0.018)])
        a.scene.paint(out.stroke(lace, 0.0165), WHITE, lit.soft(0.01, 0.8), cast=0.3)
        a.scene.paint(out.ellipse(x - 0.055, y + 0.05, 0.0085), a.metal)


def _sole(a: Artist, rubber: lit.Field) -> None:
    thick = a.between(0.065, 0.085)
    sole = out.smooth(
        [
            (0.085, 0.66),
            (0.3, 0.672),
            (0.6, 0.675),
            (0.88, 0.662),
            (0.925, 0.685),
            (0.9, 0.665 + thick),
            (0.6, 0.668 + thick),
            (0.3, 0.668 + thick),
            (0.1, 0.665 + thick),
            (0.075, 0.7),
        ]
    )
    a.scene.paint(
        sole,
        rubber,
        lit.soft(0.03, 0.8),
        lit.slope((0.5, 0.66), (0.5, 0.76), first=1.04, last=0.84),
        cast=0.2,
    )
    line = out.curve([(0.09, 0.695), (0.5, 0.7), (0.915, 0.69)])
    a.scene.paint(out.stroke(line, 0.006), a.inks.ground, opacity=0.9)


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
    inside = out.Outline(
        (
            out.np.concatenate(
                [
                    out.curve([(xs[0], sag[0]), (0.5, cy + 0.1), (xs[-1], sag[-1])]),
                    [(0.5, cy - 0.1)],
                ]
            ),
        )
    )
    a.scene.paint(inside, a.inside, opacity=0.0)
    a.scene.paint(
        out.stroke([(0.5, cy - high - 0.055), (0.5, cy - high + 0.02)], (0.008, 0.018)), a.metal
    )
    for i in _outside_in(ribs):
        _panel(a, (xs[i], sag[i]), (xs[i + 1], sag[i + 1]), (0.5, cy - high), reach, i / (ribs - 1))


def _outside_in(count: int) -> list[int]:
    return sorted(range(count), key=lambda i: -abs(i - (count - 1) / 2))


def _panel(
    a: Artist, left: out.Pair, right: out.Pair, tip: out.Pair, reach: float, place: float
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
