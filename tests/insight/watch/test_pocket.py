"""With a real embedder: other queries and another model are found, the same queries are not."""

from __future__ import annotations

import random

import pytest

from benchmarks.watching import food_query, shop_query
from models import base, registry
from services.core.types.populations import Signal
from services.core.types.vectors import Content, Matrix, Purpose
from services.insight.watch import compare
from tests.contract.hashing_embedder import NAME, SIZE, HashingEmbedder
from tests.insight.watch.populations import population

NUMBER = 400
SHOP = [shop_query(random.Random(seed)) for seed in range(2 * NUMBER)]
FOOD = [food_query(random.Random(seed)) for seed in range(NUMBER)]


@pytest.fixture(scope="module")
def pocket() -> base.Embedder:
    return registry.load("pocket")


def vectors(pocket: base.Embedder, texts: list[str]) -> Matrix:
    contents = [base.Content(text=text) for text in texts]
    return pocket.embed(contents, base.Purpose.QUERY, dimensions=SIZE)


def drifted(before: Matrix, now: Matrix) -> bool:
    (finding,) = compare.compare(population(embedded=before), population(embedded=now))
    assert finding.signal is Signal.VECTORS
    return finding.drifted


def test_the_same_shops_queries_are_no_drift(pocket: base.Embedder) -> None:
    assert not drifted(vectors(pocket, SHOP[:NUMBER]), vectors(pocket, SHOP[NUMBER:]))


def test_another_shops_queries_are_found(pocket: base.Embedder) -> None:
    assert drifted(vectors(pocket, SHOP[:NUMBER]), vectors(pocket, FOOD))


def test_another_models_vectors_of_the_same_queries_are_found(pocket: base.Embedder) -> None:
    others = HashingEmbedder().embed(
        NAME, [Content(text=text) for text in SHOP[:NUMBER]], Purpose.QUERY, dimensions=SIZE
    )
    assert drifted(vectors(pocket, SHOP[:NUMBER]), others)
