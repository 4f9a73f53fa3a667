"""Mugs, bottles and vases."""

from __future__ import annotations

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, WHITE, Artist
from datasets.sample_catalog.palette import Colour, mix, rgb

DRINKS = (rgb(0.3, 0.17, 0.09), rgb(0.55, 0.33, 0.16), rgb(0.62, 0.24, 0.08))


def mug(a: Artist) -> None:
    """A mug with its handle to the right, seen a little from above."""
    half, top, foot = a.between(0.215, 0.265), a.between(0.24, 0.3), 0.845
    taper = a.between(-0.012, 0.045)
    cx, lip = 0.44, half * a.between(0.2, 0.26)
    profile = [
        (half, top),
        (half, top + 0.2),
        (half - taper * 0.5, 0.7),
        (half - taper - 0.012, foot),
    ]
    _mug_handle(a, cx + half - 0.02, top, foot)
    low = out.ellipse(cx, foot - 0.006, half - taper - 0.012, lip * 0.72)
    body = out.revolved(
        [(half, top), (half - taper * 0.25, 0.5), (half - taper - 0.012, foot)], cx=cx
    )
    round_, gleam = lit.turned(profile, cx=cx), lit.glint(profile, cx=cx, amount=0.2)
    a.scene.paint(
        body.plus(low, out.ellipse(cx, top, half, lip)),
        a.cloth(lit.around(profile, cx=cx)),
        round_,
        shine=gleam,
    )
    rim = WHITE if a.coin(0.7) else a.trim
    a.scene.paint(
        out.ellipse(cx, top, half + 0.0035, lip + 0.003),
        rim,
        lit.round_across(cx, half, strength=0.5),
    )
    a.scene.paint(
        out.ellipse(cx, top + 0.004, half - 0.018, lip - 0.012),
        mix(WHITE, a.inks.ground, 0.12),
        lit.slope((cx - half, top), (cx + half, top), first=0.62, last=0.98),
    )
    if a.coin(0.6):
        drink = a.chance.choice(DRINKS)
        level = out.ellipse(cx, top + lip * 0.34, half * 0.86, lip * 0.66)
        a.scene.paint(
            level,
            drink,
            lit.slope((cx - half, top), (cx + half, top), first=0.8, last=1.2),
            shine=lit.spark(cx + 0.09, top + 0.01, 0.05, 0.012, amount=0.22),
        )


def _mug_handle(a: Artist, x: float, top: float, foot: float) -> None:
    high, low = top + a.between(0.06, 0.1), foot - a.between(0.13, 0.19)
    wide = a.between(0.15, 0.2)
    if a.coin(0.75):
        line = out.curve(
            [
                (x, high),
                (x + wide * 0.75, high + 0.0),
                (x + wide, (high + low) / 2),
                (x + wide * 0.6, low - 0.01),
                (x, low + 0.01),
            ]
        )
    else:
        line = out.curve(
            [(x, high), (x + wide * 0.85, high + 0.01), (x + wide * 0.85, low), (x, low)]
        )
    fill = a.cloth() if a.coin(0.4) else mix(a.inks.ground, WHITE, 0.0)
    a.scene.paint(out.stroke(line, (0.06, 0.05, 0.058)), fill, lit.soft(0.03, 1.1))


def bottle(a: Artist) -> None:
    """A drinking bottle with a cap."""
    half, foot = a.between(0.125, 0.165), 0.9
    neck, shoulder = half * a.between(0.42, 0.72), a.between(0.3, 0.36)
    top = a.between(0.18, 0.21)
    profile = [
        (neck, top),
        (neck * 1.02, top + 0.03),
        (half * 0.9, shoulder - 0.02),
        (half, shoulder + 0.04),
        (half, 0.6),
        (half, 0.87),
        (half * 0.93, foot),
    ]
    body = out.revolved(profile).plus(out.ellipse(0.5, foot, half * 0.93, 0.014))
    a.scene.paint(
        body,
        a.cloth(lit.around(profile)),
        lit.turned(profile, strength=1.15),
        shine=lit.glint(profile, at=-0.52, amount=0.24),
    )
    a.scene.paint(out.box(0.5 - half, 0.85, 0.5 + half, 0.858), INK, opacity=0.16)
    metal = a.metal if a.coin(0.55) else mix(INK, a.inks.deep, 0.4)
    _cap(a, neck, top, metal)
    if a.coin(0.4):
        a.scene.paint(
            out.box(0.46, 0.6, 0.54, 0.64, 0.008),
            a.contrast,
            lit.round_across(0.5, half),
            opacity=0.85,
        )


def _cap(a: Artist, neck: float, top: float, metal: Colour) -> None:
    wide, high = neck * a.between(1.04, 1.2), a.between(0.07, 0.11)
    cap = [(wide * 0.95, top - high), (wide, top - high + 0.02), (wide, top + 0.006)]
    if a.coin():
        ring = out.stroke(
            out.arc(0.5, top - high + 0.005, wide * 0.62, 0.06, turns=(0.5, 1.0)), 0.02
        )
        a.scene.paint(ring, metal, lit.soft(0.01))
    a.scene.paint(
        out.revolved(cap).plus(out.ellipse(0.5, top - high, wide * 0.95, 0.012)),
        metal,
        lit.turned(cap, strength=1.3),
        shine=lit.glint(cap, amount=0.3),
    )
    for i in range(3):
        y = top - high + 0.025 + i * 0.016
        a.scene.paint(out.box(0.5 - wide, y, 0.5 + wide, y + 0.004), INK, opacity=0.22)


def vase(a: Artist) -> None:
    """A turned vase, sometimes with dry stems."""
    foot, top = 0.89, a.between(0.24, 0.36)
    belly, neck = a.between(0.19, 0.25), a.between(0.06, 0.11)
    at = a.between(0.5, 0.68)
    lip = neck * a.between(1.1, 1.4)
    profile = [
        (lip, top),
        (neck, top + 0.07),
        (belly * 0.8, (top + 0.07 + at) / 2 - 0.01),
        (belly, at),
        (belly * 0.85, at + 0.12),
        (belly * a.between(0.45, 0.6), foot),
    ]
    if a.coin(0.55):
        _stems(a, top)
    side = [(float(x), float(y)) for x, y in out.curve(profile)]
    base = out.ellipse(0.5, foot, profile[-1][0], 0.018)
    a.scene.paint(
        out.revolved(profile).plus(base),
        a.cloth(lit.around(side)),
        lit.turned(side, strength=1.1),
        lit.slope((0.5, 0.5), (0.5, 0.95), first=1.03, last=0.88),
        shine=lit.glint(side, at=-0.45, amount=0.2),
    )
    a.scene.paint(
        out.ellipse(0.5, top, lip, lip * 0.2),
        mix(a.inks.ground, WHITE, 0.25),
        lit.round_across(0.5, lip, strength=0.5),
    )
    a.scene.paint(out.ellipse(0.5, top + 0.002, lip * 0.86, lip * 0.15), a.inside)


def _stems(a: Artist, top: float) -> None:
    for i in range(a.chance.randint(4, 6)):
        lean = a.between(-0.22, 0.22)
        tip = (0.5 + lean, top - a.between(0.12, 0.2))
        line = out.curve([(0.5 + lean * 0.25, top + 0.03), (0.5 + lean * 0.5, top - 0.07), tip])
        stem = rgb(0.5, 0.45, 0.25) if i % 2 else rgb(0.36, 0.46, 0.28)
        a.scene.paint(out.stroke(line, (0.007, 0.005)), stem)
        for k in range(8, len(line), 3):
            x, y = line[k]
            for side in (-1, 1):
                leaf = out.ellipse(x + side * 0.016, y - 0.008, 0.021, 0.0085, tilt=-side * 0.7)
                a.scene.paint(
                    leaf,
                    mix(stem, WHITE, 0.25),
                    lit.slope((x, y - 0.02), (x, y + 0.02), first=1.1, last=0.8),
                )
