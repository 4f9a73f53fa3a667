"""Lamps, rugs and cushions."""

from __future__ import annotations

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, WHITE, Artist
from datasets.sample_catalog.palette import Colour, mix, rgb


def lamp(a: Artist) -> None:
    """A table lamp that is switched on."""
    top, low = 0.13, a.between(0.47, 0.53)
    narrow = a.between(0.13, 0.2)
    wide = max(narrow + 0.02, a.between(0.22, 0.28))
    foot = 0.905
    body = a.chance.choice((a.wood, a.metal, WHITE, mix(a.inks.deep, INK, 0.2)))
    _foot(a, low, foot, body)
    profile = [(narrow, top), ((narrow + wide) / 2, (top + low) / 2), (wide, low)]
    shade = out.revolved([(narrow, top), (wide, low)]).plus(out.ellipse(0.5, low, wide, 0.035))
    a.scene.paint(
        shade.plus(out.ellipse(0.5, top, narrow, 0.02)),
        a.cloth(lit.around(profile)),
        lit.turned(profile, strength=0.75),
        shine=lit.spark(0.5, low - 0.1, wide * 0.9, 0.2, amount=0.13),
    )
    a.scene.paint(
        out.ellipse(0.5, top, narrow, 0.02),
        rgb(1.0, 0.95, 0.82),
        lit.slope((0.4, top - 0.02), (0.5, top + 0.02), first=0.75, last=1.0),
    )
    for y, half, deep in ((top, narrow, 0.02), (low, wide, 0.035)):
        rim = out.stroke(out.arc(0.5, y, half, deep, turns=(0.0, 0.5)), 0.01)
        a.scene.paint(rim, a.trim, lit.round_across(0.5, half))


def _foot(a: Artist, low: float, foot: float, body: Colour) -> None:
    style = a.chance.choice(("gourd", "pole", "block"))
    a.scene.paint(
        out.box(0.491, low - 0.02, 0.509, low + 0.08), a.metal, lit.round_across(0.5, 0.012)
    )
    if style == "gourd":
        belly = a.between(0.1, 0.14)
        at = a.between(0.68, 0.78)
        profile = [
            (0.025, low + 0.05),
            (0.035, low + 0.09),
            (belly, at),
            (belly * 0.8, 0.84),
            (0.07, 0.885),
            (0.09, foot),
        ]
    elif style == "pole":
        profile = [(0.017, low + 0.02), (0.017, 0.86), (0.03, 0.872), (0.12, 0.885), (0.13, foot)]
    else:
        profile = [
            (0.03, low + 0.05),
            (0.06, low + 0.08),
            (0.105, 0.7),
            (0.115, 0.87),
            (0.11, foot),
        ]
    side = [(float(x), float(y)) for x, y in out.curve(profile)]
    end = out.ellipse(0.5, foot, profile[-1][0], 0.013)
    a.scene.paint(
        out.revolved(profile).plus(end),
        body,
        lit.turned(side, strength=1.2),
        lit.slope((0.5, low), (0.5, low + 0.15), first=0.72, last=1.0),
        shine=lit.glint(side, amount=0.22),
    )


def rug(a: Artist) -> None:
    """A rug on the floor, seen from above or from its front edge."""
    style = a.chance.choice(("flat", "flat", "round", "deep"))
    if style == "round":
        _round_rug(a)
        return
    fill = a.cloth()
    if style == "flat":
        x, y0, y1 = a.between(0.27, 0.33), 0.09, 0.91
        corners = [(0.5 - x, y0), (0.5 + x, y0), (0.5 + x, y1), (0.5 - x, y1)]
    else:
        corners = [(0.2, 0.34), (0.8, 0.34), (0.95, 0.8), (0.05, 0.8)]
        fill = a.cloth(lit.receding((0.34, 0.3), (0.8, 0.45)))
    if style == "deep" or a.coin(0.75):
        _fringe(a, corners[0], corners[1], -0.03)
        _fringe(a, corners[3], corners[2], 0.035)
    edge = out.polygon(*corners)
    light = lit.slope((0.2, 0.1), (0.8, 0.9), first=1.05, last=0.92)
    a.scene.paint(edge.moved(0.004, 0.007), a.inside)
    a.scene.paint(edge, fill, lit.woven(), lit.soft(0.012, 0.7), light)
    if style == "deep" or a.coin(0.6):
        inner = _shrunk(corners, 0.9)
        border = edge.minus(out.polygon(*inner))
        a.scene.paint(border, a.trim, lit.woven(), lit.soft(0.012, 0.6), light)
        line = out.polygon(*inner).minus(out.polygon(*_shrunk(corners, 0.875)))
        a.scene.paint(line, a.inks.pale, lit.woven())


def _round_rug(a: Artist) -> None:
    cy, rx, ry = 0.52, 0.42, a.between(0.3, 0.42)
    whole = out.ellipse(0.5, cy, rx, ry)
    light = lit.slope((0.2, 0.2), (0.8, 0.8), first=1.05, last=0.92)
    a.scene.paint(whole.moved(0.004, 0.009), a.inside)
    a.scene.paint(whole, a.cloth(), lit.woven(), lit.soft(0.014, 0.7), light)
    ring = whole.minus(out.ellipse(0.5, cy, rx - 0.03, ry - 0.03 * ry / rx))
    a.scene.paint(ring, a.trim, lit.woven(), lit.soft(0.012, 0.7))


def _shrunk(corners: list[out.Pair], factor: float) -> list[out.Pair]:
    cx, cy = sum(x for x, _ in corners) / 4, sum(y for _, y in corners) / 4
    return [(cx + (x - cx) * factor, cy + (y - cy) * (1 - (1 - factor) * 0.75)) for x, y in corners]


def _fringe(a: Artist, left: out.Pair, right: out.Pair, length: float) -> None:
    count = 34
    thread = rgb(0.93, 0.9, 0.83)
    solid: list[out.Points] = []
    for i in range(count):
        t = (i + 0.5) / count
        x = left[0] + (right[0] - left[0]) * t
        y = left[1] + (right[1] - left[1]) * t
        end = (x + a.between(-0.005, 0.005), y + length * a.between(0.8, 1.1))
        solid.extend(out.stroke([(x, y), end], (0.011, 0.006)).solid)
    a.scene.paint(out.Outline(tuple(solid)), thread, lit.soft(0.008, 0.6))


def cushion(a: Artist) -> None:
    """A plump square or oblong cushion."""
    half, high = a.between(0.32, 0.365), a.between(0.3, 0.345)
    if a.coin(0.25):
        high *= 0.68
    cy = 0.83 - high
    pinch = a.between(0.022, 0.045)
    edge = _plump(half, high, pinch, cy)
    trim = a.coin(0.65)
    if a.coin(0.2):
        _tassels(a, half, high, cy)
    if trim:
        a.scene.paint(
            out.stroke([*edge.solid[0], edge.solid[0][0]], 0.017), a.trim, lit.soft(0.008, 0.9)
        )
    pulls = []
    for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        for lean in (-0.12, 0.1):
            end = (0.5 + sx * half * (0.45 + lean), cy + sy * high * (0.45 - lean))
            pulls.append(
                lit.fold(
                    (0.5 + sx * half * 0.97, cy + sy * high * 0.97),
                    end,
                    width=0.028,
                    depth=a.between(0.05, 0.14) * sx,
                )
            )
    a.scene.paint(
        edge,
        a.cloth(),
        lit.soft(0.12, 1.25),
        *pulls,
        lit.ball(0.46, cy - 0.05, 0.62, strength=0.35),
    )


def _plump(half: float, high: float, pinch: float, cy: float) -> out.Outline:
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    line: list[out.Pair] = []
    for i, (sx, sy) in enumerate(corners):
        nx, ny = corners[(i + 1) % 4]
        for k in range(16):
            t = k / 16
            x, y = sx + (nx - sx) * t, sy + (ny - sy) * t
            inward = pinch * (1 - (2 * t - 1) ** 2) ** 0.8
            x, y = x * half, y * high
            line.append(
                (
                    0.5 + x - (inward if sx == nx and sx > 0 else -inward if sx == nx else 0),
                    cy + y - (inward if sy == ny and sy > 0 else -inward if sy == ny else 0),
                )
            )
    return out.polygon(*line)


def _tassels(a: Artist, half: float, high: float, cy: float) -> None:
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = 0.5 + sx * half, cy + sy * high
            end = (x + sx * 0.035, y + 0.06)
            a.scene.paint(out.stroke([(x, y), end], (0.014, 0.036)), a.trim, lit.soft(0.01))
