"""Sofas."""

from __future__ import annotations

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, Artist
from datasets.sample_catalog.palette import mix


def sofa(a: Artist) -> None:
    """A sofa from the front with two or three seats."""
    seats = a.chance.choice((2, 2, 3))
    half = a.between(0.41, 0.44) if seats == 3 else a.between(0.36, 0.41)
    arm = a.between(0.075, 0.1)
    back, seat, low = a.between(0.3, 0.36), a.between(0.53, 0.56), 0.715
    _legs(a, half, low)
    frame = out.box(0.5 - half + 0.02, back, 0.5 + half - 0.02, low, 0.06)
    a.scene.paint(
        frame,
        a.cloth(),
        lit.soft(0.06, 1.0),
        lit.slope((0.5, back), (0.5, low), first=0.96, last=0.75),
    )
    inner = half - arm
    width = 2 * inner / seats
    for i in range(seats):
        x0 = 0.5 - inner + i * width
        cushion = out.box(x0 + 0.003, back + 0.022, x0 + width - 0.003, seat + 0.03, 0.05)
        a.scene.paint(
            cushion,
            a.cloth(),
            lit.soft(0.06, 1.2),
            lit.slope((0.5, back), (0.5, seat), first=1.08, last=0.9),
            cast=0.3,
        )
    for i in range(seats):
        x0 = 0.5 - inner + i * width
        pad = out.box(x0 + 0.002, seat - 0.01, x0 + width - 0.002, seat + 0.095, 0.035)
        a.scene.paint(
            pad,
            a.cloth(),
            lit.soft(0.035, 1.2),
            lit.slope((0.5, seat), (0.5, seat + 0.1), first=1.13, last=0.85),
            cast=0.35,
        )
    front = out.box(0.5 - inner - 0.01, seat + 0.09, 0.5 + inner + 0.01, low, 0.015)
    a.scene.paint(
        front,
        a.cloth(),
        lit.soft(0.03, 0.8),
        lit.slope((0.5, seat + 0.09), (0.5, low), first=0.9, last=0.74),
    )
    high = a.between(0.42, 0.47)
    rolled = a.coin(0.45)
    for side in (-1, 1):
        _arm(a, 0.5 + side * (half - arm / 2), arm, high, low, rolled=rolled)
    if a.coin(0.45):
        _throw(a, inner, seat)


def _legs(a: Artist, half: float, low: float) -> None:
    for side in (-1, 1):
        for x, deep in ((half - 0.05, 0.79), (half - 0.16, 0.77)):
            cx = 0.5 + side * x
            leg = out.polygon(
                (cx - 0.018, low - 0.02),
                (cx + 0.018, low - 0.02),
                (cx + 0.01 + side * 0.006, deep),
                (cx - 0.01 + side * 0.006, deep),
            )
            a.scene.paint(
                leg, mix(a.wood, INK, 0.0 if deep > 0.78 else 0.4), lit.round_across(cx, 0.02)
            )


def _arm(a: Artist, x: float, arm: float, high: float, low: float, *, rolled: bool) -> None:
    half = arm / 2 + 0.006
    if rolled:
        body = out.box(x - half * 0.82, high + 0.03, x + half * 0.82, low, 0.02)
        a.scene.paint(
            body,
            a.cloth(),
            lit.soft(0.04, 1.1),
            lit.slope((x, high), (x, low), first=1.0, last=0.82),
            cast=0.3,
        )
        roll = out.ellipse(x, high + half, half * 1.12, half * 1.05)
        a.scene.paint(roll, a.cloth(), lit.ball(x, high + half, half * 1.25), cast=0.3)
        ring = out.stroke(out.arc(x, high + half, half * 1.02, half * 0.95, turns=(0, 1)), 0.006)
        a.scene.paint(ring, a.trim, opacity=0.7)
        return
    body = out.box(x - half, high, x + half, low, 0.035)
    a.scene.paint(
        body,
        a.cloth(),
        lit.soft(0.04, 1.2),
        lit.slope((x, high), (x, low), first=1.06, last=0.84),
        cast=0.35,
    )


def _throw(a: Artist, inner: float, seat: float) -> None:
    side = a.chance.choice((-1, 1))
    x, y = 0.5 + side * (inner - 0.075), seat - 0.055
    pillow = out.smooth(
        [
            (x - 0.075, y - 0.062),
            (x, y - 0.056),
            (x + 0.07, y - 0.068),
            (x + 0.064, y),
            (x + 0.075, y + 0.066),
            (x, y + 0.058),
            (x - 0.07, y + 0.068),
            (x - 0.064, y),
        ]
    )
    a.scene.paint(pillow, a.contrast if a.coin(0.4) else a.inks.pale, lit.soft(0.05, 1.2), cast=0.4)
