"""Draws a product: the cloth is printed, the shape painted, the studio put behind."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datasets.sample_catalog import (
    shapes_bags,
    shapes_clothing,
    shapes_hats,
    shapes_home,
    shapes_seating,
    shapes_shoes,
    shapes_small,
    shapes_table,
    shapes_tech,
)
from datasets.sample_catalog.artist import Artist, artist
from datasets.sample_catalog.palette import inks
from datasets.sample_catalog.patterns import Picture, texture
from datasets.sample_catalog.scene import REACH, Pose, Scene
from datasets.sample_catalog.specs import KINDS, ProductSpec
from datasets.sample_catalog.studio import compose

SIZE = 384
CLOTH_DENSITY = 1.1
"""Pixels of cloth for one of the picture."""
SHAPES: dict[str, Callable[[Artist], None]] = {
    "phone case": shapes_tech.phone_case,
    "headphones": shapes_tech.headphones,
    "watch": shapes_tech.watch,
    "t-shirt": shapes_clothing.t_shirt,
    "dress": shapes_clothing.dress,
    "hat": shapes_hats.hat,
    "sneaker": shapes_shoes.sneaker,
    "umbrella": shapes_small.umbrella,
    "notebook": shapes_small.notebook,
    "handbag": shapes_bags.handbag,
    "backpack": shapes_bags.backpack,
    "mug": shapes_table.mug,
    "bottle": shapes_table.bottle,
    "vase": shapes_table.vase,
    "lamp": shapes_home.lamp,
    "rug": shapes_home.rug,
    "cushion": shapes_home.cushion,
    "sofa": shapes_seating.sofa,
}
FLOORS = {
    "sneaker": 0.75,
    "handbag": 0.86,
    "backpack": 0.905,
    "mug": 0.865,
    "bottle": 0.9,
    "vase": 0.895,
    "lamp": 0.905,
    "sofa": 0.79,
    "cushion": 0.83,
    "headphones": 0.83,
}
"""How low in the drawing the standing ones touch the floor; the others lie or hang."""
TURNS = {"phone case": 0.16, "notebook": 0.12, "watch": 0.12, "umbrella": 0.12, "t-shirt": 0.04}
"""How far a lying one may be turned, in radians."""

SCALES = {"watch": 0.88, "sneaker": 0.97, "dress": 0.98}


def draw(spec: ProductSpec, *, size: int = SIZE) -> Image.Image:
    """The product in the studio, RGB, `size` pixels a side; equal specs give equal pictures."""
    scene, pose = _painted(spec, size)
    floor = FLOORS.get(spec.kind)
    if floor is not None:
        floor = (floor - 0.5) * pose.scale + 0.5 + pose.shift[1]
    picture = compose(scene, np.random.default_rng(spec.seed), floor=floor)
    return Image.fromarray(_bytes(picture))


def cut_out(spec: ProductSpec, *, size: int = SIZE) -> Image.Image:
    """The product alone, RGBA with a transparent background."""
    scene, _ = _painted(spec, size)
    alpha = np.maximum(scene.alpha, 1e-4)
    return Image.fromarray(_bytes(np.concatenate([scene.rgb / alpha, alpha[None]])))


def _painted(spec: ProductSpec, size: int) -> tuple[Scene, Pose]:
    chance = Random(spec.seed)
    colours = inks(spec.colour, spec.pattern, chance)
    spread = chance.uniform(0.88, 1.18)
    pixels = round(size * (1 + 2 * REACH) * CLOTH_DENSITY)
    period = KINDS[spec.kind].period * spread * size * CLOTH_DENSITY
    top, low = KINDS[spec.kind].body
    cloth = texture(
        spec.pattern,
        colours,
        np.random.default_rng(spec.seed),
        pixels=pixels,
        period=period,
        body=((top + REACH) / (1 + 2 * REACH), (low + REACH) / (1 + 2 * REACH)),
    )
    turn = TURNS.get(spec.kind, 0.0)
    pose = Pose(
        scale=chance.uniform(0.94, 1.04) * SCALES.get(spec.kind, 1.0),
        turn=chance.uniform(-turn, turn),
        shift=(chance.uniform(-0.015, 0.015), chance.uniform(-0.012, 0.012)),
    )
    scene = Scene(size, pose, cloth)
    SHAPES[spec.kind](artist(scene, colours, chance))
    return scene, pose


def _bytes(picture: Picture) -> NDArray[np.uint8]:
    """`[3, h, w]` in 0..1 as `[h, w, 3]` in 0..255."""
    whole = np.asarray(np.clip(picture, 0, 1) * 255 + 0.5, np.uint8)
    return np.ascontiguousarray(whole.transpose(1, 2, 0))
