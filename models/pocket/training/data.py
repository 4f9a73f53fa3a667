"""Reads the grocery and clothing photographs, decoded once and kept as arrays."""

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.pocket.training import config
from models.pocket.training.samples import OTHER, UNKNOWN, Samples

CLOTHING_LABELS = (
    "dress",
    "hat",
    "longsleeve",
    "outwear",
    "pants",
    "shirt",
    "shoes",
    "shorts",
    "skirt",
    "t-shirt",
)


@dataclass(frozen=True, slots=True)
class Product:
    """One grocery product as its shop describes it."""

    id: int
    name: str
    category: str
    description: str


@dataclass(frozen=True, slots=True)
class Grocery:
    """The grocery shop: products, their iconic pictures, photographs to train and to measure."""

    products: tuple[Product, ...]
    categories: tuple[str, ...]
    iconic: Samples
    """One picture of each product, in order, for training."""
    train: Samples
    shown: NDArray[np.uint8]
    """The iconic pictures as the image tower sees them, `[81, 3, 128, 128]`."""
    val: Samples
    """Photographs that are only ever measured, as the image tower sees them."""


def read_pictures(paths: Iterable[Path], *, size: int) -> NDArray[np.uint8]:
    """RGB pictures squeezed to squares, uint8 `[n, 3, size, size]`."""
    return np.stack([read_picture(path, size=size) for path in paths])


def read_picture(path: Path, *, size: int) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        square = picture.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(square).transpose(2, 0, 1)


def read_rows(path: Path, *, split: str) -> list[dict[str, str]]:
    """Rows of a `photos.csv` that belong to one split."""
    with path.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["split"] == split]


def read_grocery(folder: Path) -> Grocery:
    """The whole shop."""
    lines = (folder / "products.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    products = tuple(
        Product(row["id"], row["name"], row["category"], row["description"]) for row in rows
    )
    categories = tuple(sorted({product.category for product in products}))

    def facts(product_ids: Iterable[int]) -> NDArray[np.int64]:
        return np.array(
            [
                (p, categories.index(products[p].category), OTHER, UNKNOWN, UNKNOWN)
                for p in product_ids
            ]
        )

    def photos(split: str, *, size: int) -> Samples:
        chosen = read_rows(folder / "photos.csv", split=split)
        pictures = read_pictures((folder / row["file"] for row in chosen), size=size)
        return Samples(pictures, facts(int(row["product_id"]) for row in chosen))

    iconic = [folder / row["image"] for row in rows]
    return Grocery(
        products=products,
        categories=categories,
        iconic=Samples(read_pictures(iconic, size=config.STORED_SIZE), facts(range(len(products)))),
        train=photos("train", size=config.STORED_SIZE),
        shown=read_pictures(iconic, size=config.IMAGE_SIZE),
        val=photos("val", size=config.IMAGE_SIZE),
    )


def read_clothing(folder: Path, *, split: str, kinds: tuple[str, ...]) -> Samples:
    """Clothing photographs; only what kind of garment they show is known."""
    rows = read_rows(folder / "photos.csv", split=split)
    facts = [(OTHER, OTHER, kinds.index(row["label"]), UNKNOWN, UNKNOWN) for row in rows]
    paths = [folder / row["file"] for row in rows]
    return Samples(read_pictures(paths, size=config.STORED_SIZE), np.array(facts))
