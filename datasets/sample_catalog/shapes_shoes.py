"""Sneakers."""

from __future__ import annotations

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, WHITE, Artist
from datasets.sample_catalog.palette import Colour, mix


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
        (0.43, 0.425),
        (0.55, 0.5),
        (0.68, 0.533),
        (0.8, 0.54),
        (0.885, 0.575),
        (0.908, 0.63),
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
            (0.325, collar - 0.012),
            (0.38, collar - 0.03),
            (0.455, 0.425),
            (0.55, 0.5),
            (0.5, 0.52),
            (0.4, 0.46),
        ]
    )
    a.scene.paint(tongue, mix(a.inks.ground, WHITE, 0.25), lit.soft(0.02))
    white = a.coin(0.75)
    rubber = WHITE if white else mix(INK, a.inks.deep, 0.3)
    toe = out.smooth(
        [(0.755, 0.685), (0.75, 0.6), (0.79, 0.541), (0.87, 0.563), (0.903, 0.617), (0.911, 0.685)]
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


def _sole(a: Artist, rubber: Colour) -> None:
    thick = a.between(0.065, 0.085)
    sole = out.smooth(
        [
            (0.085, 0.66),
            (0.3, 0.672),
            (0.6, 0.675),
            (0.88, 0.66),
            (0.93, 0.667),
            (0.937, 0.7),
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
