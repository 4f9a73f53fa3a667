"""The twelve shop colours, their everyday names, and the inks that go with each."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.float32]
"""Red, green and blue in 0..1."""

COLOURS: dict[str, tuple[int, int, int]] = {
    "black": (38, 38, 43),
    "white": (244, 242, 237),
    "grey": (138, 142, 150),
    "red": (201, 37, 45),
    "pink": (240, 138, 171),
    "purple": (120, 66, 164),
    "navy": (30, 46, 98),
    "blue": (60, 128, 216),
    "teal": (18, 141, 138),
    "green": (62, 143, 70),
    "yellow": (247, 207, 55),
    "amber": (207, 143, 66),
}
SYNONYMS: dict[str, tuple[str, ...]] = {
    "black": ("black", "jet black", "charcoal black"),
    "white": ("white", "off-white", "ivory"),
    "grey": ("grey", "gray", "silver grey"),
    "red": ("red", "scarlet", "crimson"),
    "pink": ("pink", "rose pink", "blush pink"),
    "purple": ("purple", "violet", "plum"),
    "navy": ("navy", "navy blue", "dark blue"),
    "blue": ("blue", "sky blue", "cornflower blue"),
    "teal": ("teal", "turquoise", "blue-green"),
    "green": ("green", "leaf green", "grass green"),
    "yellow": ("yellow", "sunny yellow", "lemon yellow"),
    "amber": ("amber", "tan", "golden brown"),
}
DARK_GROUNDS = frozenset({"black", "navy"})
"""Colours on which the dark marks of a leopard or a zebra would vanish."""
CREAM = (0.965, 0.95, 0.915)
CHARCOAL = (0.14, 0.14, 0.16)
BRIGHT = ("red", "pink", "yellow", "blue", "white", "purple", "amber")


@dataclass(frozen=True, slots=True)
class Inks:
    """What a pattern is printed with: the ground gives the product its colour."""

    ground: Colour
    motif: Colour
    deep: Colour
    """A darker shade of the ground."""
    pale: Colour
    """A lighter tint of the ground."""
    petals: tuple[Colour, ...]
    """Bright inks that stand out from the ground."""


def base(name: str) -> Colour:
    """The colour as it is written in the table."""
    return np.asarray(COLOURS[name], np.float32) / np.float32(255)


def rgb(red: float, green: float, blue: float) -> Colour:
    """A colour from three numbers in 0..1."""
    return np.array((red, green, blue), np.float32)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`share` of the second colour in the first."""
    return np.asarray(first * (1 - share) + second * share, np.float32)


def luminance(colour: Colour) -> float:
    """How light the colour looks, in 0..1."""
    return float(colour @ np.array((0.299, 0.587, 0.114), np.float32))


def tinted(name: str, random: Random) -> Colour:
    """The colour as one dyer makes it: a little lighter or darker, a little warmer or cooler."""
    light = random.uniform(0.93, 1.06)
    warm = random.uniform(-0.018, 0.018)
    shade = base(name) * np.float32(light) + np.array((warm, 0, -warm), np.float32)
    return np.asarray(np.clip(shade, 0.05, 0.975), np.float32)


def inks(name: str, pattern: str, random: Random) -> Inks:
    """The inks of one product of that colour."""
    ground = tinted(name, random)
    white, black = rgb(*CREAM), rgb(*CHARCOAL)
    petals = [base(other) for other in BRIGHT if other != name]
    contrast = [p for p in petals if abs(luminance(p) - luminance(ground)) > 0.16]
    random.shuffle(contrast)
    return Inks(
        ground=ground,
        motif=_motif(name, pattern, ground, random),
        deep=mix(ground, black, random.uniform(0.42, 0.55)),
        pale=mix(ground, white, random.uniform(0.5, 0.62)),
        petals=tuple(contrast[:3]) or (white,),
    )


def _motif(name: str, pattern: str, ground: Colour, random: Random) -> Colour:
    if pattern == "zebra":
        return rgb(0.075, 0.07, 0.075)
    if pattern == "leopard":
        return rgb(0.13, 0.085, 0.06)
    if luminance(ground) < 0.6:
        return mix(ground, rgb(*CREAM), random.choice((1.0, 1.0, 0.92, 0.6)))
    dark = random.choice((rgb(*CHARCOAL), rgb(*CHARCOAL), base("navy")))
    return dark if name in {"white", "yellow"} else mix(dark, rgb(*CREAM), random.choice((0, 1)))
