"""The shipped pocket model answers questions to a sample catalog that its training never saw."""

import io
from random import Random
from statistics import mean

import numpy as np
import pytest
from PIL import Image

from datasets import sample_catalog
from datasets.sample_catalog.products import assortment
from datasets.sample_catalog.queries import Query, QueryPicture, grade, questions
from models import registry
from models.base import Content, Purpose, Vectors, unit
from tests.models.retrieval import ndcg, recall

SEED = 4_242
COUNT = 120
SIZE = 192
"""Pixels a side: smaller than the catalog's own, to draw faster, and still more than seen."""
EXACT = 3
"""The grade of an answer that is right in kind, colour and pattern."""


class Asked:
    """Views of the products and vectors of the queries, by type."""

    def __init__(self) -> None:
        products = assortment(seed=SEED, count=COUNT)
        queries, close_ups = questions(products, seed=SEED)
        pictures = {each.path: each for each in close_ups}
        self.products = products
        self.text = [query for query in queries if query.type == "text"]
        self.composed = [query for query in queries if query.type == "composed"]
        embedder = registry.load("pocket")
        self.pictures = embedder.embed(
            [content(sample_catalog.draw(each.spec, size=SIZE)) for each in products],
            Purpose.INDEX,
        )
        self.texts = embedder.embed(
            [Content(text=f"{each.title}\n{each.description}") for each in products],
            Purpose.INDEX,
        )
        words = [Content(text=query.text) for query in [*self.text, *self.composed]]
        self.words = embedder.embed(words, Purpose.QUERY)
        looks = [content(close_up(pictures[query.image or ""])) for query in self.composed]
        self.looks = embedder.embed(looks, Purpose.QUERY)

    def graded(self, query: Query) -> dict[str, int]:
        """The grade of every product."""
        return {each.id: grade(query, each) for each in self.products}

    def orders(self, asked: Vectors, views: Vectors) -> list[list[str]]:
        """Names of the products, best first, for each query."""
        ranked = np.argsort(-(asked @ views.T), axis=1)
        return [[self.products[column].id for column in row] for row in ranked]

    def text_to_image(self, *, dimensions: int) -> float:
        """Mean nDCG@10 of the text queries over pictures alone."""
        words = unit(self.words[: len(self.text), :dimensions])
        orders = self.orders(words, unit(self.pictures[:, :dimensions]))
        pairs = zip(orders, self.text, strict=True)
        return mean(ndcg(order, self.graded(query), at=10) for order, query in pairs)

    def composed_to_combined(self, *, dimensions: int) -> float:
        """Mean recall@10 of the exact answers to a kind in words and a look in a picture."""
        words, looks, texts, pictures = (
            unit(vectors[:, :dimensions])
            for vectors in (self.words[len(self.text) :], self.looks, self.texts, self.pictures)
        )
        orders = self.orders(unit(words + looks), unit(texts + pictures))
        values = []
        for order, query in zip(orders, self.composed, strict=True):
            exact = {name: g for name, g in self.graded(query).items() if g == EXACT}
            values.append(recall(order, exact, at=10))
        return mean(values)


def close_up(wanted: QueryPicture) -> Image.Image:
    """The swatch or fur of a composed query."""
    random = Random(wanted.seed)
    assert wanted.pattern is not None
    if wanted.colour is None:
        return sample_catalog.fur(wanted.pattern, random, SIZE)
    return sample_catalog.swatch(wanted.pattern, wanted.colour, random, SIZE)


def content(image: Image.Image) -> Content:
    file = io.BytesIO()
    image.save(file, "PNG")
    return Content(image=file.getvalue())


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked()


def test_words_find_pictures(asked: Asked) -> None:
    assert asked.text_to_image(dimensions=256) >= 0.85


def test_a_kind_in_words_and_a_look_in_a_picture_find_the_product(asked: Asked) -> None:
    assert asked.composed_to_combined(dimensions=256) >= 0.85


def test_half_the_dimensions_keep_most_of_it(asked: Asked) -> None:
    assert asked.text_to_image(dimensions=128) >= 0.95 * asked.text_to_image(dimensions=256)
    assert asked.composed_to_combined(dimensions=128) >= 0.95 * asked.composed_to_combined(
        dimensions=256
    )
