"""Phone cases, headphones and watches."""

from __future__ import annotations

import math

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, WHITE, Artist
from datasets.sample_catalog.palette import Colour, mix, rgb


def phone_case(a: Artist) -> None:
    """The back of a case, with the cameras looking out."""
    half, high = a.between(0.195, 0.225), a.between(0.4, 0.43)
    r = a.between(0.045, 0.075)
    x0, x1, y0, y1 = 0.5 - half, 0.5 + half, 0.5 - high, 0.5 + high
    shell = out.box(x0, y0, x1, y1, r)
    _buttons(a, x0, x1, y0)
    a.scene.paint(shell.moved(0.006, 0.008), mix(a.inks.deep, INK, 0.45))
    gloss = lit.sheen(a.between(0.42, 0.6), amount=a.between(0.05, 0.15))
    a.scene.paint(
        shell,
        a.cloth(),
        lit.soft(0.02, 0.75),
        lit.slope((x0, y0), (x1, y1), first=1.06, last=0.9),
        shine=gloss,
    )
    rim = shell.minus(out.box(x0 + 0.008, y0 + 0.008, x1 - 0.008, y1 - 0.008, r - 0.006))
    edge = mix(a.inks.ground, WHITE, 0.35) if a.coin(0.6) else a.trim
    a.scene.paint(rim, edge, lit.slope((x0, y0), (x1, y1), first=1.1, last=0.7), opacity=0.75)
    _cameras(a, x0, y0)
    if a.coin(0.15):
        a.scene.paint(
            out.stroke(out.arc(0.5, 0.56, 0.085, 0.085, turns=(0, 1)), 0.014), WHITE, opacity=0.55
        )


def _buttons(a: Artist, x0: float, x1: float, y0: float) -> None:
    for x, top, length in ((x1, 0.2, 0.08), (x0, 0.17, 0.055), (x0, 0.25, 0.055)):
        key = out.box(x - 0.008, y0 + top, x + 0.008, y0 + top + length, 0.006)
        a.scene.paint(key, a.trim, lit.soft(0.01))


def _cameras(a: Artist, x0: float, y0: float) -> None:
    style = a.chance.choice(("square", "pill", "bar"))
    left, top = x0 + 0.028, y0 + 0.028
    if style == "square":
        frame = out.box(left, top, left + 0.15, top + 0.155, 0.04)
        lenses = [
            (left + 0.045, top + 0.045),
            (left + 0.045, top + 0.11),
            (left + 0.107, top + 0.078),
        ]
    elif style == "pill":
        frame = out.box(left, top, left + 0.078, top + 0.17, 0.039)
        lenses = [(left + 0.039, top + 0.043), (left + 0.039, top + 0.122)]
    else:
        frame = out.box(0.5 - 0.12, top + 0.02, 0.5 + 0.12, top + 0.1, 0.04)
        lenses = [(0.43, top + 0.06), (0.5, top + 0.06), (0.57, top + 0.06)]
    body = mix(rgb(0.2, 0.21, 0.23), WHITE, a.chance.choice((0, 0, 0.75)))
    a.scene.paint(frame, body, lit.soft(0.02, 0.8), cast=0.35)
    for x, y in lenses:
        a.scene.paint(out.ellipse(x, y, 0.027), rgb(0.5, 0.5, 0.53), lit.ball(x, y, 0.03), cast=0.2)
        a.scene.paint(out.ellipse(x, y, 0.0225), rgb(0.05, 0.055, 0.075))
        a.scene.paint(out.ellipse(x, y, 0.014), rgb(0.1, 0.13, 0.25), lit.ball(x, y, 0.016))
        a.scene.paint(out.ellipse(x - 0.006, y - 0.007, 0.0045), rgb(0.8, 0.88, 1.0), opacity=0.9)
    if style == "square":
        a.scene.paint(out.ellipse(left + 0.112, top + 0.03, 0.0095), rgb(0.98, 0.95, 0.82))


def headphones(a: Artist) -> None:
    """Over-ear headphones from the front, a little turned."""
    reach, top = a.between(0.25, 0.28), a.between(0.13, 0.17)
    y = 0.62
    band = out.arc(0.5, y - 0.06, reach, y - 0.06 - top, turns=(0.5, 1.0))
    a.scene.paint(
        out.stroke(out.arc(0.5, y - 0.06, reach - 0.038, y - 0.1 - top, turns=(0.5, 1.0)), 0.035),
        mix(INK, a.inks.ground, 0.2),
        lit.soft(0.02),
    )
    wide = a.between(0.078, 0.1)
    a.scene.paint(
        out.stroke(band, (wide * 0.6, wide, wide * 1.1, wide, wide * 0.6)),
        a.cloth(),
        lit.soft(0.035, 1.2),
        cast=0.25,
    )
    for side in (-1, 1):
        x = 0.5 + side * reach
        a.scene.paint(
            out.stroke([(x, y - 0.13), (x + side * 0.004, y + 0.02)], 0.026),
            a.metal,
            lit.round_across(x, 0.02),
            cast=0.2,
        )
    for side in (-1, 1):
        _cup(a, 0.5 + side * (reach + 0.012), y + 0.05, side)


def _cup(a: Artist, x: float, y: float, side: int) -> None:
    wide, high = 0.105, a.between(0.152, 0.165)
    pad = out.ellipse(x - side * 0.052, y, wide * 0.78, high * 0.97, tilt=side * 0.06)
    a.scene.paint(pad, mix(INK, a.leather, 0.15), lit.soft(0.04, 1.2))
    shell = out.ellipse(x, y, wide, high, tilt=side * 0.06)
    a.scene.paint(shell, a.metal, lit.soft(0.02, 0.9), cast=0.3)
    a.scene.paint(
        out.ellipse(x + side * 0.006, y, wide * 0.91, high * 0.93, tilt=side * 0.06),
        a.cloth(),
        lit.soft(0.05, 1.15),
        shine=lit.spark(x - 0.035, y - 0.075, 0.04, 0.035, amount=0.2),
    )


def watch(a: Artist) -> None:
    """A wrist watch seen from above, its strap open."""
    wide = a.between(0.098, 0.118)
    r = a.between(0.165, 0.185)
    for top in (True, False):
        _strap(a, wide, top)
    square = a.coin(0.3)
    case = (
        out.box(0.5 - r, 0.5 - r * 1.05, 0.5 + r, 0.5 + r * 1.05, 0.06)
        if square
        else out.ellipse(0.5, 0.5, r)
    )
    a.scene.paint(
        out.box(0.5 + r - 0.01, 0.48, 0.5 + r + 0.024, 0.52, 0.008),
        a.metal,
        lit.slope((0.6, 0.48), (0.6, 0.52), first=1.15, last=0.6),
    )
    a.scene.paint(
        case, a.metal, lit.slope((0.38, 0.35), (0.62, 0.66), first=1.22, last=0.62), cast=0.5
    )
    q = r - 0.022
    dial = (
        out.box(0.5 - q, 0.5 - q * 1.05, 0.5 + q, 0.5 + q * 1.05, 0.045)
        if square
        else out.ellipse(0.5, 0.5, q)
    )
    face = a.chance.choice((WHITE, INK, a.inks.deep))
    a.scene.paint(dial, mix(a.metal, INK, 0.35))
    inner = q - 0.006
    dial = (
        out.box(0.5 - inner, 0.5 - inner * 1.05, 0.5 + inner, 0.5 + inner * 1.05, 0.04)
        if square
        else out.ellipse(0.5, 0.5, inner)
    )
    a.scene.paint(dial, face, lit.slope((0.4, 0.36), (0.6, 0.64), first=0.9, last=1.08))
    _hands(a, inner, INK if face is WHITE else WHITE)
    glare = out.polygon(
        (0.5 - q * 0.7, 0.5 - q * 0.7),
        (0.5 - q * 0.2, 0.5 - q * 0.93),
        (0.5 + q * 0.15, 0.5 + q * 0.5),
        (0.5 - q * 0.3, 0.5 + q * 0.72),
    )
    a.scene.paint(glare, WHITE, opacity=0.09)


def _strap(a: Artist, wide: float, top: bool) -> None:
    sign = -1 if top else 1
    near, far = 0.5 + sign * 0.12, 0.5 + sign * (0.465 if top else 0.48)
    narrow = wide * 0.82
    band = out.polygon(
        (0.5 - wide, near), (0.5 + wide, near), (0.5 + narrow, far), (0.5 - narrow, far)
    )
    if not top:
        band = band.plus(out.ellipse(0.5, far - 0.012, narrow, 0.045))
    a.scene.paint(
        band,
        a.cloth(),
        lit.soft(0.03, 0.9),
        lit.slope((0.5, 0.5 + sign * 0.16), (0.5, far), first=1.02, last=0.82),
    )
    for side in (-1, 1):
        line = [
            (0.5 + side * (wide - 0.014), near),
            (0.5 + side * (narrow - 0.014), far - sign * 0.02),
        ]
        a.scene.paint(out.stroke(line, 0.0045), a.contrast, opacity=0.5)
    if top:
        frame = out.box(0.5 - narrow - 0.016, far - 0.035, 0.5 + narrow + 0.016, far + 0.03, 0.014)
        hole = out.box(0.5 - narrow + 0.012, far - 0.015, 0.5 + narrow - 0.012, far + 0.012, 0.006)
        a.scene.paint(
            frame.minus(hole),
            a.metal,
            lit.slope((0.4, far - 0.03), (0.6, far + 0.03), first=1.2, last=0.7),
            cast=0.3,
        )
        loop = out.box(0.5 - narrow - 0.01, far + 0.085, 0.5 + narrow + 0.01, far + 0.115, 0.006)
        a.scene.paint(loop, a.trim, lit.soft(0.012), cast=0.35)
    else:
        for i in range(4):
            a.scene.paint(
                out.ellipse(0.5, far - 0.06 - i * 0.045, 0.0085, 0.011), INK, opacity=0.75
            )


def _hands(a: Artist, q: float, ink: Colour) -> None:
    for hour in range(12):
        angle = hour * math.pi / 6
        x, y = math.sin(angle), -math.cos(angle)
        first = 0.78 if hour % 3 else 0.7
        line = [(0.5 + x * q * first, 0.5 + y * q * first), (0.5 + x * q * 0.9, 0.5 + y * q * 0.9)]
        a.scene.paint(out.stroke(line, 0.0085 if hour % 3 == 0 else 0.0045), ink)
    minute = a.between(0, 2 * math.pi)
    for angle, length, width in ((minute, 0.7, 0.009), (a.between(0, 6.28), 0.46, 0.013)):
        tip = (0.5 + math.sin(angle) * q * length, 0.5 - math.cos(angle) * q * length)
        a.scene.paint(out.stroke([(0.5, 0.5), tip], (width, width * 0.6)), ink, cast=0.2)
    angle = a.between(0, 6.28)
    tip = (0.5 + math.sin(angle) * q * 0.8, 0.5 - math.cos(angle) * q * 0.8)
    a.scene.paint(out.stroke([(0.5, 0.5), tip], 0.0035), rgb(0.85, 0.2, 0.15))
    a.scene.paint(out.ellipse(0.5, 0.5, 0.011), a.metal)
