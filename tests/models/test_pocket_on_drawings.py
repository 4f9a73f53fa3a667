"""The shipped pocket model answers questions to a sample catalog that its training never saw."""

import json
from pathlib import Path
from statistics import mean

import numpy as np
import pytest

from datasets.sample_catalog import generate
from models import registry
from models.base import Content, Purpose, Vectors, unit
from tests.models.retrieval import ndcg, recall

SEED = 4_242
COUNT = 360
EXACT = 3
"""The grade of an answer that is right in kind, colour and pattern."""


class Asked:
    """Views of the products and vectors of the queries, by type."""

    def __init__(self, folder: Path) -> None:
        catalog = generate(folder, seed=SEED, count=COUNT)
        embedder = registry.load("pocket")
        products = read(catalog.products)
        self.names = [product["id"] for product in products]
        self.pictures = embedder.embed(
            [picture(folder / each["images"][0]) for each in products], Purpose.INDEX
        )
        self.texts = embedder.embed(
            [Content(text=f"{each['title']}\n{each['description']}") for each in products],
            Purpose.INDEX,
        )
        queries = read(catalog.queries)
        self.text = [query for query in queries if query["type"] == "text"]
        self.composed = [query for query in queries if query["type"] == "composed"]
        words = [Content(text=query["text"]) for query in [*self.text, *self.composed]]
        self.words = embedder.embed(words, Purpose.QUERY)
        self.looks = embedder.embed(
            [picture(folder / query["image"]) for query in self.composed], Purpose.QUERY
        )
        self.grades: dict[str, dict[str, int]] = {}
        for line in catalog.qrels.read_text(encoding="utf-8").splitlines():
            query, _, name, grade = line.split()
            self.grades.setdefault(query, {})[name] = int(grade)

    def orders(self, asked: Vectors, views: Vectors) -> list[list[str]]:
        """Names of the products, best first, for each query."""
        ranked = np.argsort(-(asked @ views.T), axis=1)
        return [[self.names[column] for column in row] for row in ranked]

    def text_to_image(self, *, dimensions: int) -> float:
        """Mean nDCG@10 of the text queries over pictures alone."""
        words = unit(self.words[: len(self.text), :dimensions])
        orders = self.orders(words, unit(self.pictures[:, :dimensions]))
        graded = [self.grades[query["query_id"]] for query in self.text]
        return mean(ndcg(o, g, at=10) for o, g in zip(orders, graded, strict=True))

    def composed_to_combined(self, *, dimensions: int) -> float:
        """Mean recall@10 of the exact answers to a kind in words and a look in a picture."""
        words, looks, texts, pictures = (
            unit(vectors[:, :dimensions])
            for vectors in (self.words[len(self.text) :], self.looks, self.texts, self.pictures)
        )
        orders = self.orders(unit(words + looks), unit(texts + pictures))
        values = []
        for order, query in zip(orders, self.composed, strict=True):
            graded = self.grades[query["query_id"]]
            exact = {name: grade for name, grade in graded.items() if grade == EXACT}
            values.append(recall(order, exact, at=10))
        return mean(values)


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def picture(path: Path) -> Content:
    return Content(image=path.read_bytes())


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    return Asked(tmp_path_factory.mktemp("catalog") / "drawn")


def test_words_find_pictures(asked: Asked) -> None:
    assert asked.text_to_image(dimensions=256) >= 0.85


def test_a_kind_in_words_and_a_look_in_a_picture_find_the_product(asked: Asked) -> None:
    assert asked.composed_to_combined(dimensions=256) >= 0.85


def test_half_the_dimensions_keep_most_of_it(asked: Asked) -> None:
    assert asked.text_to_image(dimensions=128) >= 0.95 * asked.text_to_image(dimensions=256)
    assert asked.composed_to_combined(dimensions=128) >= 0.95 * asked.composed_to_combined(
        dimensions=256
    )
