"""Approximate search finds what exact search finds, also under narrow filters."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.filters import parse
from services.core.ids import view_id
from services.core.index import names
from services.core.index.connection import Connection
from services.core.index.milvus import MilvusIndex
from services.core.types.filters import Filter
from services.core.types.indexes import AttributeType, Collection, IndexSettings
from services.core.types.search import ViewRow
from services.core.types.vectors import Matrix, Modality
from services.core.vectors import normalise

ROWS, QUERIES, SIZE, LIMIT = 5_000, 50, 64, 10
ATTRIBUTES = {"place": AttributeType.INTEGER}


def clustered(dice: np.random.Generator, centres: np.ndarray, count: int) -> Matrix:
    own = centres[dice.integers(len(centres), size=count)]
    return normalise(own + 0.7 * dice.normal(size=(count, SIZE)))


def build_graphs(lite_file: str, collection: Collection) -> None:
    """Build the graphs now: until a background thread has, fresh rows are scored exactly."""
    client = Connection(lite_file).client
    client.release_collection(names.views(collection))
    client.load_collection(names.views(collection))


@pytest.fixture(scope="module")
def stored(milvus: MilvusIndex, lite_file: str) -> tuple[Collection, Matrix, Matrix]:
    """A collection of clustered rows (row n has `place` n), and queries from the same clusters."""
    dice = np.random.default_rng(11)
    centres = dice.normal(size=(50, SIZE))
    rows, queries = clustered(dice, centres, ROWS), clustered(dice, centres, QUERIES)
    collection = Collection("recall", 1, IndexSettings(dimensions=SIZE, attributes=ATTRIBUTES))
    milvus.create(collection)
    views = [
        ViewRow(view_id(f"d{n}", "image", 0), f"d{n}", Modality.IMAGE, rows[n], {"place": n}, None)
        for n in range(ROWS)
    ]
    milvus.upsert(collection, views, [])
    build_graphs(lite_file, collection)
    return collection, rows, queries


def recall(
    milvus: MilvusIndex, stored: tuple[Collection, Matrix, Matrix], filter: Filter | None, last: int
) -> float:
    """The share of the true best ten that is found, when only rows before `last` count."""
    collection, rows, queries = stored
    found = 0
    for query in queries:
        best = np.argsort(-(rows[:last] @ query))[:LIMIT]
        hits = milvus.search(
            collection, query, modalities=(Modality.IMAGE,), limit=LIMIT, filter=filter
        )
        found += len({f"d{n}" for n in best} & {hit.document_id for hit in hits})
    return found / (len(queries) * LIMIT)


def test_unfiltered_search_finds_99_percent(milvus, stored) -> None:
    assert recall(milvus, stored, None, ROWS) >= 0.99


@pytest.mark.parametrize("last", [ROWS // 10, ROWS // 100])
def test_filtered_search_finds_97_percent(milvus, stored, last: int) -> None:
    filter = parse({"place": {"lt": last}}, ATTRIBUTES)
    assert recall(milvus, stored, filter, last) >= 0.97


def test_rows_written_again_are_still_found(milvus, lite_file, stored) -> None:
    """Replaced rows leave dead ones in the graph, which must not crowd out the living."""
    collection, rows, _ = stored
    again = range(0, ROWS, 4)
    views = [
        ViewRow(view_id(f"d{n}", "image", 0), f"d{n}", Modality.IMAGE, rows[n], {"place": n}, None)
        for n in again
    ]
    milvus.upsert(collection, views, [])
    build_graphs(lite_file, collection)
    assert recall(milvus, stored, None, ROWS) >= 0.99
