"""T-shirts and dresses, laid out flat."""

from __future__ import annotations

import math

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, WHITE, Artist
from datasets.sample_catalog.palette import Colour, mix
from datasets.sample_catalog.scene import Light, combined


def t_shirt(a: Artist) -> None:
    """A T-shirt: the body, two sleeves, a ribbed collar."""
    chest, hem = a.between(0.205, 0.235), a.between(0.205, 0.24)
    neck, shoulder = a.between(0.085, 0.105), a.between(0.235, 0.25)
    low = a.between(0.84, 0.89)
    long = a.coin(0.2)
    deep, band = a.between(0.07, 0.095), a.trim if a.coin(0.6) else mix(a.inks.ground, INK, 0.12)
    front = _neckline(neck, deep, v_neck=a.coin(0.25))
    _back_of_neck(a, neck, front, band)
    for side in (-1, 1):
        _sleeve(a, side, shoulder, chest, long=long)
    left = [
        (0.5 - neck, 0.13),
        (0.5 - shoulder, 0.175),
        (0.5 - chest, 0.36),
        (0.5 - chest + 0.008, 0.6),
        (0.5 - hem, low),
    ]
    edge = [(float(x), float(y)) for x, y in out.curve(left)]
    body = out.polygon(*edge, (0.5, low + 0.014), *[(1 - x, y) for x, y in reversed(edge)])
    body = body.minus(out.between(front, out.curve([(0.5 + neck, 0.05), (0.5 - neck, 0.05)])))
    a.scene.paint(body, a.cloth(), lit.soft(0.05, 0.6), _drape(a, chest), cast=0.12)
    a.scene.paint(out.stroke(front, 0.023), band, lit.soft(0.01, 0.8), cast=0.15)
    stitches = front + (front - (0.5, 0.13)) * 0.12
    a.scene.paint(out.stroke(stitches, 0.002), INK, opacity=0.2)
    for y in (low - 0.018, low - 0.024):
        line = out.curve([(0.5 - hem + 0.004, y), (0.5, y + 0.013), (0.5 + hem - 0.004, y)])
        a.scene.paint(out.stroke(line, 0.0025), INK, opacity=0.22)
    if a.coin(0.25):
        pocket = out.polygon(
            (0.55, 0.33), (0.645, 0.33), (0.645, 0.42), (0.597, 0.445), (0.55, 0.42)
        )
        a.scene.paint(pocket, a.cloth(), lit.soft(0.012, 0.7), cast=0.2)


def _neckline(neck: float, deep: float, *, v_neck: bool) -> out.Points:
    """The front edge of the neck, from right to left."""
    if not v_neck:
        return out.arc(0.5, 0.13, neck, deep, turns=(0.0, 0.5))
    low = 0.13 + deep * 1.3
    half, middle = neck * 0.55, (0.13 + low) / 2
    right = [(0.5 + neck, 0.13), (0.5 + half, middle)]
    return out.curve([*right, (0.5, low), *[(1 - x, y) for x, y in reversed(right)]])


def _back_of_neck(a: Artist, neck: float, front: out.Points, band: Colour) -> None:
    """The inside of the back, which is seen through the neck."""
    rear = out.arc(0.5, 0.13, neck, 0.022, turns=(0.0, 0.5))
    shade = lit.slope((0.5, 0.13), (0.5, 0.22), first=1.15, last=0.7)
    a.scene.paint(out.between(rear, front), a.inside, shade)
    a.scene.paint(out.stroke(rear, 0.024), mix(band, INK, 0.15), lit.soft(0.012, 0.8))
    label = out.box(0.478, 0.158, 0.522, 0.178, 0.003)
    a.scene.paint(label, WHITE, opacity=0.85)


def _sleeve(a: Artist, side: int, shoulder: float, chest: float, *, long: bool) -> None:
    if long:
        points = [
            (shoulder - 0.01, 0.17),
            (shoulder + 0.075, 0.36),
            (shoulder + 0.12, 0.72),
            (shoulder + 0.045, 0.735),
            (chest + 0.005, 0.4),
            (chest - 0.01, 0.3),
        ]
    else:
        points = [
            (shoulder - 0.012, 0.17),
            (shoulder + 0.085, 0.25),
            (shoulder + 0.15, 0.375),
            (shoulder + 0.045, 0.435),
            (chest, 0.36),
            (chest - 0.02, 0.28),
        ]
    line = [(0.5 + side * x, y) for x, y in points]
    top = out.curve(line[:3])
    sleeve = out.polygon(*[(float(x), float(y)) for x, y in top], *line[3:])
    crease = lit.fold((0.5 + side * shoulder, 0.22), line[3], width=0.02, depth=0.16 * side)
    light = lit.slope((0.5 - shoulder, 0.2), (0.5 + shoulder, 0.3), first=1.05, last=0.9)
    a.scene.paint(sleeve, a.cloth(), lit.soft(0.035, 0.8), crease, light)
    cuff = out.stroke([line[2], line[3]], 0.006)
    a.scene.paint(cuff, INK, opacity=0.2)


def _drape(a: Artist, half: float) -> Light:
    folds = [lit.slope((0.5 - half, 0.3), (0.5 + half, 0.7), first=1.04, last=0.93)]
    for side in (-1, 1):
        x = 0.5 + side * (half - 0.015)
        folds.append(
            lit.fold(
                (x, 0.34),
                (0.5 + side * a.between(0.04, 0.1), a.between(0.5, 0.62)),
                width=a.between(0.02, 0.035),
                depth=0.13 * side,
            )
        )
    for _ in range(a.chance.randint(2, 4)):
        x = 0.5 + a.between(-half, half) * 0.8
        folds.append(
            lit.fold(
                (x, a.between(0.4, 0.55)),
                (x + a.between(-0.06, 0.06), 0.9),
                width=a.between(0.02, 0.045),
                depth=a.between(-0.12, 0.12),
            )
        )
    return combined(folds)


def dress(a: Artist) -> None:
    """A dress with a fitted top and a wide skirt."""
    waist, flare = a.between(0.1, 0.125), a.between(0.25, 0.33)
    bust, hem = waist + a.between(0.03, 0.05), a.between(0.84, 0.92)
    belt, top = a.between(0.39, 0.43), 0.15
    sleeves = a.chance.choice(("straps", "wide", "short", "none"))
    strap = 0.016 if sleeves == "straps" else 0.05
    _shoulders(a, bust, sleeves, top)
    _skirt(a, waist, flare, belt, hem)
    scoop = a.between(0.07, 0.11)
    left = [
        (0.5 - bust + (0.03 if sleeves == "straps" else 0.0), top + 0.04),
        (0.5 - bust, top + 0.13),
        (0.5 - waist, belt + 0.01),
    ]
    side = [(float(x), float(y)) for x, y in out.curve(left)]
    bodice = out.polygon(*side, *[(1 - x, y) for x, y in reversed(side)]).minus(
        out.ellipse(0.5, top + 0.03, bust * 0.66, scoop)
    )
    for sign in (-1, 1):
        edge = (0.5 + sign * (bust * 0.75), top + 0.06)
        a.scene.paint(
            out.stroke([edge, (0.5 + sign * bust * 0.68, 0.075)], (strap, strap * 0.8)),
            a.cloth(),
            lit.soft(0.015, 0.7),
        )
    a.scene.paint(
        bodice,
        a.cloth(),
        lit.soft(0.05, 1.0),
        lit.fold((0.5 - bust * 0.5, 0.3), (0.49, belt), width=0.02, depth=0.14),
    )
    if a.coin(0.7):
        sash = out.box(0.5 - waist - 0.003, belt - 0.016, 0.5 + waist + 0.003, belt + 0.02, 0.006)
        a.scene.paint(sash, a.trim, lit.round_across(0.5, waist), cast=0.2)


def _shoulders(a: Artist, bust: float, sleeves: str, top: float) -> None:
    if sleeves not in {"short", "wide"}:
        return
    wide = 0.14 if sleeves == "wide" else 0.095
    for side in (-1, 1):
        points = [
            (0.5 + side * (bust * 0.62), 0.08),
            (0.5 + side * (bust + wide * 0.8), top + 0.045),
            (0.5 + side * (bust + wide), top + 0.16),
            (0.5 + side * (bust - 0.005), top + 0.13),
        ]
        a.scene.paint(out.smooth(points), a.cloth(), lit.soft(0.035, 1.0))


def _skirt(a: Artist, waist: float, flare: float, belt: float, hem: float) -> None:
    bend = a.between(0.4, 0.6)
    left = [
        (0.5 - waist, belt),
        (0.5 - waist - (flare - waist) * bend, (belt + hem) / 2),
        (0.5 - flare, hem),
    ]
    side = [(float(x), float(y)) for x, y in out.curve(left)]
    waves = a.chance.randint(5, 8)
    phase = a.between(0, 6.28)
    bottom = []
    for i in range(41):
        t = i / 40 * 2 - 1
        sag = 0.035 * (1 - t * t) + 0.011 * math.sin(t * waves * 2.2 + phase)
        bottom.append((0.5 + t * flare, hem + sag))
    skirt = out.polygon(*side, *bottom, *[(1 - x, y) for x, y in reversed(side)])
    folds = [lit.slope((0.5 - flare, 0.6), (0.5 + flare, 0.7), first=1.05, last=0.88)]
    for i in range(waves + 2):
        t = (i + 0.5 + a.between(-0.25, 0.25)) / (waves + 2) * 2 - 1
        start = (0.5 + t * waist * 0.9, belt + a.between(0.0, 0.08))
        end = (0.5 + t * flare * 0.98, hem + 0.08)
        folds.append(lit.fold(start, end, width=a.between(0.018, 0.04), depth=a.between(0.1, 0.24)))
    a.scene.paint(skirt, a.cloth(), lit.soft(0.05, 0.8), *folds)
