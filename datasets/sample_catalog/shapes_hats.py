"""Caps, bucket hats and wide-brimmed hats."""

from __future__ import annotations

from datasets.sample_catalog import lighting as lit
from datasets.sample_catalog import outlines as out
from datasets.sample_catalog.artist import INK, Artist


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
    high = out.curve([(0.32, 0.535), (0.5, 0.585), (0.68, 0.535)])
    band = out.between(high, out.curve([(0.314, 0.6), (0.5, 0.662), (0.686, 0.6)]))
    a.scene.paint(band, a.leather if a.coin() else a.trim, lit.round_across(0.5, 0.2), cast=0.12)
