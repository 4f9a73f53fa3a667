"""What a product is: the table of kinds, and the specification that a drawing follows."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from datasets.sample_catalog.palette import COLOURS, DARK_GROUNDS

PATTERNS = (
    "plain",
    "stripes",
    "dots",
    "plaid",
    "floral",
    "chevron",
    "leopard",
    "zebra",
    "camouflage",
    "gradient",
)
BRANDS = (
    "Velora",
    "Northpine",
    "Okari",
    "Lumière & Co",
    "Brightwell",
    "Tessera",
    "Halden",
    "Marlow Lane",
    "Sundrift",
    "Kestrel",
    "Pilotta",
    "Ostra",
)


@dataclass(frozen=True, slots=True)
class Kind:
    """Facts that all products of a kind share."""

    name: str
    code: str
    category: str
    prices: tuple[float, float]
    """Cheapest and dearest, in the shop's currency."""
    materials: tuple[str, ...]
    period: float
    """Width of one repeat of a pattern, as a fraction of the picture."""
    body: tuple[float, float] = (0.1, 0.9)
    """Between which heights of the picture its cloth is seen."""


_TABLE = (
    Kind(
        "phone case",
        "PHC",
        "Phone accessories",
        (9, 39),
        ("silicone", "polycarbonate", "TPU"),
        0.12,
    ),
    Kind("t-shirt", "TSH", "Clothing", (12, 45), ("organic cotton", "jersey", "linen blend"), 0.1),
    Kind("dress", "DRS", "Clothing", (35, 140), ("viscose", "cotton", "satin"), 0.09),
    Kind(
        "hat",
        "HAT",
        "Clothing accessories",
        (15, 60),
        ("cotton twill", "felt", "canvas"),
        0.095,
        (0.28, 0.75),
    ),
    Kind("sneaker", "SNK", "Shoes", (45, 160), ("canvas", "suede", "mesh"), 0.105, (0.33, 0.68)),
    Kind(
        "watch", "WTC", "Jewellery and watches", (49, 320), ("leather", "nylon", "silicone"), 0.085
    ),
    Kind(
        "handbag",
        "HBG",
        "Bags",
        (39, 260),
        ("leather", "vegan leather", "canvas"),
        0.1,
        (0.4, 0.87),
    ),
    Kind(
        "backpack",
        "BPK",
        "Bags",
        (35, 150),
        ("nylon", "recycled polyester", "canvas"),
        0.1,
        (0.2, 0.9),
    ),
    Kind(
        "umbrella",
        "UMB",
        "Clothing accessories",
        (14, 60),
        ("polyester", "pongee"),
        0.095,
        (0.15, 0.5),
    ),
    Kind(
        "headphones",
        "HPH",
        "Electronics",
        (39, 290),
        ("matt plastic", "aluminium"),
        0.085,
        (0.12, 0.83),
    ),
    Kind(
        "mug", "MUG", "Kitchen", (8, 28), ("stoneware", "porcelain", "enamel"), 0.11, (0.25, 0.86)
    ),
    Kind(
        "bottle",
        "BTL",
        "Kitchen",
        (12, 42),
        ("stainless steel", "glass", "aluminium"),
        0.095,
        (0.2, 0.9),
    ),
    Kind("notebook", "NTB", "Stationery", (6, 30), ("linen", "card", "vegan leather"), 0.115),
    Kind("vase", "VAS", "Home", (18, 95), ("ceramic", "stoneware", "glass"), 0.1, (0.28, 0.9)),
    Kind("lamp", "LMP", "Lighting", (29, 180), ("linen", "cotton", "parchment"), 0.1, (0.13, 0.52)),
    Kind(
        "sofa", "SOF", "Furniture", (399, 1900), ("velvet", "boucle", "linen"), 0.085, (0.32, 0.72)
    ),
    Kind("cushion", "CSH", "Home", (14, 60), ("velvet", "cotton", "linen"), 0.115, (0.2, 0.83)),
    Kind("rug", "RUG", "Home", (49, 420), ("wool", "jute", "cotton"), 0.11),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _TABLE}
NATURAL = {"leopard": "amber", "zebra": "white"}
"""The colour of the animal itself."""


@dataclass(frozen=True, slots=True)
class ProductSpec:
    """One design: what it is called by, and the seed that fixes every detail of its shape."""

    kind: str
    colour: str
    pattern: str
    brand: str
    material: str
    seed: int


def is_sold(colour: str, pattern: str) -> bool:
    """Whether the pattern can be seen on the colour."""
    return not (pattern in NATURAL and colour in DARK_GROUNDS)


def make_spec(kind: str, colour: str, pattern: str, rng: Random) -> ProductSpec:
    """A new design of that kind; ValueError names a kind, colour or pattern that is unknown."""
    for field, value, known in (
        ("kind", kind, KINDS),
        ("colour", colour, COLOURS),
        ("pattern", pattern, PATTERNS),
    ):
        if value not in known:
            raise ValueError(f"{field}: {value!r} is not one of {', '.join(known)}")
    return ProductSpec(
        kind=kind,
        colour=colour,
        pattern=pattern,
        brand=rng.choice(BRANDS),
        material=rng.choice(KINDS[kind].materials),
        seed=rng.getrandbits(48),
    )
