"""Looks at an index's vectors: exact rankings, how much a graph finds, what shorter ones cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.core.types.configurations import Configuration
from services.core.types.documents import Document
from services.core.types.evaluations import JudgedMedium, JudgedQuery
from services.core.types.vectors import Modality
from services.core.vectors import normalise
from services.insight.evaluation import ef_sweep, held_views, sizes
from services.insight.evaluation.plan import Extra
from services.search.rerank.rerankers import Rerankers
from services.wiring.judged_search import SearchOfJudged
from tests.contract.hashing_embedder import SIZE
from tests.contract.memory_index import MemoryIndex
from tests.search.shop import Shop


class Forgetful(MemoryIndex):
    """Finds nothing but every second view, unless it is told to look far."""

    def search(self, collection, vector, *, ef=None, limit, **how):
        found = super().search(collection, vector, limit=1000, **how)
        return (found if ef is None or ef >= 256 else found[::2])[:limit]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path, Forgetful())
    made.put(*(Document(f"d{n:02}", title=f"thing {n}") for n in range(40)))
    yield made
    made.ports.database.close()


def look(shop: Shop, what: str, **configuration: str) -> Extra:
    return Extra(what, what, shop.name, Configuration("default", **configuration))


def asked() -> list[JudgedQuery]:
    return [JudgedQuery(f"q{n}", text=f"thing {n}", grades={f"d{n:02}": 1}) for n in range(12)]


def search(shop: Shop) -> SearchOfJudged:
    return SearchOfJudged.over(shop.ports, Rerankers(vision=None))


def test_documents_are_ranked_by_their_nearest_view(shop: Shop) -> None:
    near, far = normalise(np.eye(SIZE)[0] + 0.1), normalise(np.eye(SIZE)[1] + 0.1)
    shop.open()
    shop.put(Document("both"), views={"text:0": far, "image:0": near})
    shop.put(Document("words"), views={"text:0": far})
    held = held_views.read(shop.ports, shop.index.serving())
    assert held is not None
    assert held.best(near, depth=9) == ["both", "words"]
    assert held.best(far, depth=9) == ["both", "words"], "equal ones by id"
    pictures = held_views.read(shop.ports, shop.index.serving(), modalities=[Modality.IMAGE])
    assert pictures is not None
    assert pictures.documents == ("both",)


@pytest.mark.parametrize("views", range(2, 24))
def test_equal_views_score_the_same_wherever_they_stand(views: int) -> None:
    """As each row is scored by itself; a product of the whole matrix rounds by place, and takes
    turns with a pool of threads, whose waiting is then what is measured."""
    draw = np.random.default_rng(1)
    row, vector = (normalise(draw.standard_normal(SIZE).astype(np.float32)) for _ in range(2))
    names = tuple(f"d{number:02}" for number in range(views))
    held = held_views.Held(names, np.arange(views), np.tile(row, (views, 1)))
    assert held.best(vector, depth=views) == list(names)


def test_an_index_too_large_is_not_held(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_views, "MOST_BYTES", 39 * SIZE * 4)
    assert held_views.read(shop.ports, shop.index.serving()) is None
    assert ef_sweep.measure(shop.ports, search(shop), look(shop, "recall"), asked()) == []
    assert sizes.measure(shop.ports, search(shop), look(shop, "sizes"), asked()) == []


def test_recall_is_the_share_of_the_exact_ten_that_is_found(shop: Shop) -> None:
    rows = ef_sweep.measure(shop.ports, search(shop), look(shop, "recall"), asked())
    points = ef_sweep.points("shop", rows)
    found = {point.ef: point.recall.mean for point in points}
    assert found[512] == found[256] == 1.0
    assert found[16] == found[128] < 0.7
    assert all(point.p50_ms is not None and point.p50_ms <= point.p95_ms for point in points)


def test_shorter_vectors_are_measured_down_to_the_smallest(shop: Shop) -> None:
    rows = sizes.measure(shop.ports, search(shop), look(shop, "sizes"), asked())
    judged = {query.id: query for query in asked()}
    points = sizes.points("default", rows, judged)
    assert [point.dimensions for point in points] == [SIZE, 32, 16]
    assert {point.kind for point in points} == {"all"}
    assert points[0].bytes_per_vector == 4 * SIZE
    assert 0 < points[0].quality.mean <= 1


def test_kinds_are_told_apart_where_there_are_several(shop: Shop) -> None:
    rows = sizes.measure(shop.ports, search(shop), look(shop, "sizes"), asked())
    judged = {query.id: query for query in asked()}
    medium = JudgedMedium("image", "judged/s/1")
    judged["q3"] = replace(judged["q3"], media=(medium,))
    kinds = [point.kind for point in sizes.points("default", rows, judged)]
    assert kinds == ["all", "composed", "text"] * 3
