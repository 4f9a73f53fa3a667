"""A sample catalog that training never saw: its products, queries and graded answers."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.sample_catalog.catalog import generate
from models.pocket.training import config
from models.pocket.training.data import read_pictures


@dataclass(frozen=True, slots=True)
class Asked:
    """Queries of one type with the grades of all products, `[queries, products]`."""

    texts: list[str]
    pictures: NDArray[np.uint8]
    grades: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The catalog, and what is asked of it by type (text, image, composed)."""

    described: list[str]
    pictures: NDArray[np.uint8]
    asked: dict[str, Asked]


def read(folder: Path, *, seed: int) -> HeldOut:
    """The catalog of that seed, drawn into `folder` the first time."""
    catalog = generate(folder, seed=seed)
    products = lines(catalog.products)
    queries = lines(catalog.queries)
    columns = {str(product["id"]): column for column, product in enumerate(products)}
    rows = {str(query["query_id"]): row for row, query in enumerate(queries)}
    grades = np.zeros((len(rows), len(columns)), dtype=np.int64)
    for line in catalog.qrels.read_text(encoding="utf-8").splitlines():
        query, _, product, value = line.split()
        grades[rows[query], columns[product]] = int(value)
    types = np.array([query["type"] for query in queries])
    return HeldOut(
        described=[f"{product['title']}. {product['description']}" for product in products],
        pictures=shown([folder / product["images"][0] for product in products]),
        asked={
            kind: ask([q for q in queries if q["type"] == kind], grades[types == kind], folder)
            for kind in ("text", "image", "composed")
        },
    )


def ask(queries: list[dict[str, str]], grades: NDArray[np.int64], folder: Path) -> Asked:
    """Queries of one type."""
    paths = [folder / query["image"] for query in queries if "image" in query]
    texts = [query["text"] for query in queries if "text" in query]
    return Asked(texts, shown(paths), grades)


def shown(paths: list[Path]) -> NDArray[np.uint8]:
    """Pictures as the image tower sees them; none gives an empty array."""
    side = config.IMAGE_SIZE
    if not paths:
        return np.empty((0, 3, side, side), dtype=np.uint8)
    return read_pictures(paths, size=side)


def lines(path: Path) -> list[dict]:
    """The objects of an NDJSON file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
