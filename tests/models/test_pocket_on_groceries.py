"""The shipped pocket model finds groceries in photographs that its training never saw."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from models import registry
from models.base import Content, Purpose, unit
from tests.models.retrieval import hit_rate

SHOP = Path(__file__).parents[2].parent / "shared" / "data" / "grocery"

pytestmark = pytest.mark.skipif(not SHOP.is_dir(), reason="needs ../shared/data/grocery")


class Shop:
    """Products, and photographs of the `val` split, as vectors."""

    def __init__(self) -> None:
        embedder = registry.load("pocket")
        lines = (SHOP / "products.jsonl").read_text(encoding="utf-8").splitlines()
        products = [json.loads(line) for line in lines]
        with (SHOP / "photos.csv").open(newline="", encoding="utf-8") as file:
            photos = [row for row in csv.DictReader(file) if row["split"] == "val"]
        self.names = [str(product["id"]) for product in products]
        self.truth = [row["product_id"] for row in photos]
        self.texts = embedder.embed(
            [Content(text=f"{each['name']}. {each['description']}") for each in products],
            Purpose.INDEX,
        )
        self.iconic = embedder.embed(
            [Content(image=(SHOP / each["image"]).read_bytes()) for each in products],
            Purpose.INDEX,
        )
        self.photos = embedder.embed(
            [Content(image=(SHOP / row["file"]).read_bytes()) for row in photos], Purpose.QUERY
        )

    def hit_rate(self, *, at: int, dimensions: int) -> float:
        """Photograph to product, each product the mean of its text and iconic picture."""
        texts, iconic, photos = (
            unit(vectors[:, :dimensions]) for vectors in (self.texts, self.iconic, self.photos)
        )
        scores = photos @ unit(texts + iconic).T
        order = [[self.names[column] for column in row] for row in np.argsort(-scores, axis=1)]
        return hit_rate(order, self.truth, at=at)


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop()


def test_photographs_find_their_product(shop: Shop) -> None:
    assert shop.hit_rate(at=1, dimensions=256) >= 0.60
    assert shop.hit_rate(at=5, dimensions=256) >= 0.88


@pytest.mark.parametrize("at", [1, 5])
def test_half_the_dimensions_keep_most_of_it(shop: Shop, at: int) -> None:
    whole = shop.hit_rate(at=at, dimensions=256)
    assert shop.hit_rate(at=at, dimensions=128) >= 0.95 * whole
