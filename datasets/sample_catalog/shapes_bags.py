"""Handbags and backpacks."""

from __future__ import annotations

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, Artist
from datasets.sample_catalog.palette import Colour, mix


def handbag(a: Artist) -> None:
    """A handbag: a tote with two handles, or a satchel with a flap."""
    wide, narrow = a.between(0.29, 0.34), a.between(0.22, 0.28)
    top = a.between(0.4, 0.46)
    tote = a.coin(0.45)
    rise = a.between(0.22, 0.28)
    span = a.between(0.11, 0.14)
    grip = out.arc(0.5, top + 0.03, span, rise, turns=(0.5, 1.0))
    strap = a.leather if a.coin(0.65) else a.trim
    a.scene.paint(
        out.stroke(out.arc(0.515, top, span, rise, turns=(0.5, 1.0)), 0.02), mix(strap, INK, 0.45)
    )
    body = out.smooth(
        [
            (0.5 - narrow, top),
            (0.5, top + 0.006),
            (0.5 + narrow, top),
            (0.5 + wide - 0.02, 0.65),
            (0.5 + wide, 0.83),
            (0.5 + wide - 0.03, 0.862),
            (0.5, 0.87),
            (0.5 - wide + 0.03, 0.862),
            (0.5 - wide, 0.83),
            (0.5 - wide + 0.02, 0.65),
        ]
    )
    folds = (
        lit.fold((0.5 - narrow, top + 0.05), (0.5 - wide * 0.6, 0.75), width=0.04, depth=0.1),
        lit.fold((0.5 + narrow, top + 0.05), (0.5 + wide * 0.6, 0.75), width=0.04, depth=-0.1),
    )
    a.scene.paint(body, a.cloth(), lit.soft(0.075, 1.1), *folds)
    base = body.minus(out.box(0, 0, 1, a.between(0.77, 0.8)))
    if a.coin(0.5):
        a.scene.paint(base, strap, lit.soft(0.04, 0.9))
    if tote:
        edge = out.stroke(
            out.curve(
                [
                    (0.5 - narrow + 0.006, top + 0.012),
                    (0.5, top + 0.017),
                    (0.5 + narrow - 0.006, top + 0.012),
                ]
            ),
            0.026,
        )
        a.scene.paint(edge, strap, lit.soft(0.012))
    else:
        _flap(a, narrow, wide, top)
    a.scene.paint(out.stroke(grip, 0.026), strap, lit.soft(0.014, 1.1), cast=0.25)
    for side in (-1, 1):
        x = 0.5 + side * span
        a.scene.paint(
            out.box(x - 0.018, top + 0.012, x + 0.018, top + 0.085, 0.01),
            strap,
            lit.soft(0.01),
            cast=0.3,
        )
        a.scene.paint(out.ellipse(x, top + 0.068, 0.008), a.metal, lit.ball(x, top + 0.068, 0.008))
        a.scene.paint(
            out.stroke(out.arc(x, top + 0.008, 0.019, 0.019, turns=(0, 1)), 0.008),
            a.metal,
            lit.soft(0.006),
        )


def _flap(a: Artist, narrow: float, wide: float, top: float) -> None:
    low = top + a.between(0.19, 0.25)
    half = (narrow + wide) / 2 - 0.005
    flap = out.smooth(
        [
            (0.5 - narrow - 0.006, top - 0.004),
            (0.5, top - 0.002),
            (0.5 + narrow + 0.006, top - 0.004),
            (0.5 + half, low - 0.06),
            (0.5 + half * 0.7, low - 0.008),
            (0.5, low + 0.016),
            (0.5 - half * 0.7, low - 0.008),
            (0.5 - half, low - 0.06),
        ]
    )
    a.scene.paint(
        flap,
        a.cloth(),
        lit.soft(0.045, 0.9),
        lit.slope((0.5, top), (0.5, low), first=1.08, last=0.95),
        cast=0.5,
    )
    plate = out.box(0.5 - 0.034, low - 0.032, 0.5 + 0.034, low + 0.03, 0.012)
    a.scene.paint(
        plate,
        a.metal,
        lit.slope((0.46, low - 0.03), (0.54, low + 0.03), first=1.25, last=0.68),
        cast=0.4,
    )
    a.scene.paint(
        out.box(0.5 - 0.012, low - 0.014, 0.5 + 0.012, low + 0.012, 0.005), INK, opacity=0.55
    )


def backpack(a: Artist) -> None:
    """A backpack from the front, with a pocket and its straps behind."""
    half, top = a.between(0.225, 0.26), a.between(0.2, 0.25)
    foot = 0.905
    dark = mix(a.trim, INK, 0.3)
    for side in (-1, 1):
        line = out.curve(
            [
                (0.5 + side * (half - 0.06), top + 0.1),
                (0.5 + side * (half + 0.045), 0.5),
                (0.5 + side * (half + 0.03), 0.72),
                (0.5 + side * (half - 0.03), 0.84),
            ]
        )
        a.scene.paint(out.stroke(line, (0.05, 0.055, 0.04, 0.024)), dark, lit.soft(0.02))
    loop = out.stroke(out.arc(0.5, top + 0.012, 0.065, 0.075, turns=(0.5, 1.0)), 0.024)
    a.scene.paint(loop, dark, lit.soft(0.014))
    body = out.smooth(
        out.symmetric(
            [
                (0.5 - 0.1, top),
                (0.5 - half + 0.03, top + 0.08),
                (0.5 - half, top + 0.26),
                (0.5 - half - 0.006, 0.72),
                (0.5 - half + 0.014, foot - 0.03),
                (0.5 - half * 0.5, foot),
            ]
        )
    )
    a.scene.paint(
        body,
        a.cloth(),
        lit.soft(0.085, 1.15),
        lit.slope((0.5, 0.3), (0.5, 0.9), first=1.03, last=0.93),
    )
    zip_line = out.curve(
        out.symmetric(
            [
                (0.5 - half + 0.03, 0.56),
                (0.5 - half + 0.04, top + 0.22),
                (0.5 - half * 0.6, top + 0.07),
                (0.5 - 0.05, top + 0.04),
            ]
        )
    )
    a.scene.paint(out.stroke(zip_line, 0.014), dark, lit.soft(0.008))
    a.scene.paint(out.stroke(zip_line, 0.004), a.metal, opacity=0.9)
    tab = out.box(0.5 + half - 0.045, 0.53, 0.5 + half - 0.022, 0.59, 0.008)
    a.scene.paint(tab, a.leather, lit.soft(0.008), cast=0.3)
    _pocket(a, half, dark)


def _pocket(a: Artist, half: float, dark: Colour) -> None:
    y0, y1 = a.between(0.57, 0.62), 0.865
    wide = half - a.between(0.045, 0.06)
    pocket = out.box(0.5 - wide, y0, 0.5 + wide, y1, 0.05)
    fill = a.cloth() if a.coin(0.7) else a.trim
    a.scene.paint(pocket, fill, lit.soft(0.04, 1.15), cast=0.45)
    line = [(0.5 - wide + 0.03, y0 + 0.045), (0.5 + wide - 0.03, y0 + 0.045)]
    a.scene.paint(out.stroke(line, 0.013), dark)
    a.scene.paint(out.stroke(line, 0.0035), a.metal)
    if a.coin(0.6):
        patch = out.box(0.46, y0 - 0.13, 0.54, y0 - 0.075, 0.008)
        a.scene.paint(patch, a.leather, lit.soft(0.01, 0.8), cast=0.25)
    if a.coin(0.4):
        for side in (-1, 1):
            x = 0.5 + side * wide * 0.55
            a.scene.paint(
                out.box(x - 0.014, y0 - 0.06, x + 0.014, y0 + 0.12, 0.006),
                a.leather,
                lit.round_across(x, 0.018),
                cast=0.3,
            )
            a.scene.paint(
                out.box(x - 0.019, y0 + 0.075, x + 0.019, y0 + 0.11, 0.006),
                a.metal,
                lit.soft(0.006),
            )
