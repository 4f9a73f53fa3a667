"""The assortment: which designs the shop sells, and what it knows about each product."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from itertools import product as every
from random import Random
from typing import Any

from datasets.sample_catalog.palette import COLOURS
from datasets.sample_catalog.specs import (
    KINDS,
    NATURAL,
    PATTERNS,
    Kind,
    ProductSpec,
    is_sold,
    make_spec,
)
from datasets.sample_catalog.wording import description, title

Look = tuple[str, str]
"""A colour and a pattern."""
LOOKS = 17
"""Looks that each kind is sold in."""
VARIANTS = 3
"""Products of one kind and look, so that a question has several right answers."""
MUST_HAVE: dict[str, tuple[Look, ...]] = {
    "mug": (("navy", "stripes"),),
    "dress": (("red", "dots"), ("navy", "floral")),
    "t-shirt": (("navy", "stripes"),),
    "cushion": (("teal", "floral"),),
    "backpack": (("green", "camouflage"),),
}


@dataclass(frozen=True, slots=True)
class Product:
    """One line of the catalog."""

    id: str
    sku: str
    title: str
    description: str
    spec: ProductSpec
    price: float
    rating: float
    stock: int
    popularity: float
    margin: float
    sponsored: int

    @property
    def image(self) -> str:
        """Where its picture lies, relative to the catalog."""
        return f"images/{self.id}.jpg"

    def document(self) -> dict[str, Any]:
        """The product as a document to be indexed."""
        return {
            "id": self.id,
            "sku": self.sku,
            "title": self.title,
            "description": self.description,
            "images": [self.image],
            "attributes": {
                "brand": self.spec.brand,
                "category": KINDS[self.spec.kind].category,
                "kind": self.spec.kind,
                "colour": self.spec.colour,
                "pattern": self.spec.pattern,
                "price": self.price,
                "rating": self.rating,
                "in_stock": self.stock > 0,
            },
            "signals": {
                "popularity": self.popularity,
                "margin": self.margin,
                "stock": self.stock,
                "sponsored": self.sponsored,
            },
        }


def assortment(*, seed: int, count: int) -> tuple[Product, ...]:
    """`count` products; the kinds take turns, and each kind has `VARIANTS` products of a look."""
    names = tuple(KINDS)
    looks = {name: looks_of(name, seed=seed) for name in names}
    made = []
    for index in range(count):
        kind, number = names[index % len(names)], index // len(names)
        colour, pattern = looks[kind][number // VARIANTS % LOOKS]
        rng = Random(f"{seed}/product/{index}")
        made.append(_product(make_spec(kind, colour, pattern, rng), number + 1, rng))
    return tuple(made)


def looks_of(kind: str, *, seed: int) -> tuple[Look, ...]:
    """The `LOOKS` of a kind: the animals' own first, then colours and patterns in balance."""
    rng = Random(f"{seed}/looks/{kind}")
    chosen: list[Look] = [(colour, pattern) for pattern, colour in NATURAL.items()]
    chosen += MUST_HAVE.get(kind, ())
    rest = [look for look in every(COLOURS, PATTERNS) if is_sold(*look) and look not in chosen]
    rng.shuffle(rest)
    while len(chosen) < LOOKS:
        colours = Counter(colour for colour, _ in chosen)
        patterns = Counter(pattern for _, pattern in chosen)
        rarest = min(rest, key=lambda look: 2 * colours[look[0]] + 2 * patterns[look[1]])
        chosen.append(rarest)
        rest.remove(rarest)
    return tuple(chosen)


def _product(spec: ProductSpec, number: int, rng: Random) -> Product:
    kind = KINDS[spec.kind]
    stock = 0 if rng.random() < 0.08 else round(rng.lognormvariate(3.2, 0.9))
    return Product(
        id=f"{kind.name.replace(' ', '-')}-{number:04d}",
        sku=f"MG-{kind.code}-{number:04d}",
        title=title(spec, rng),
        description=description(spec, rng),
        spec=spec,
        price=_price(kind, rng),
        rating=round(min(5.0, max(1.0, rng.gauss(4.1, 0.55))), 1),
        stock=stock,
        popularity=round(rng.betavariate(1.4, 4.0), 3),
        margin=round(min(0.95, max(0.05, rng.gauss(0.38, 0.13))), 3),
        sponsored=int(rng.random() < 0.06),
    )


def _price(kind: Kind, rng: Random) -> float:
    low, high = kind.prices
    whole = round(math.exp(rng.uniform(math.log(low), math.log(high - 1))))
    return whole + rng.choice((0.0, 0.5, 0.9, 0.99))
