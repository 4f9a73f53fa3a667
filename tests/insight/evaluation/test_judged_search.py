"""Judged queries are searched as the gateway would, with the whole order a cascade began with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.core.errors import EmbedderDown, InputError
from services.core.types.configurations import Configuration
from services.core.types.documents import Document
from services.core.types.evaluations import JudgedMedium, JudgedQuery
from services.core.types.rerank import RerankSpec, SignalsSpec
from services.search.rerank.rerankers import Rerankers
from services.wiring.judged_search import SearchOfJudged
from tests.contract.memory_index import MemoryIndex
from tests.gateway.conftest import picture
from tests.search.shop import Down, Shop

MUG = JudgedQuery("q", text="red mug")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path, MemoryIndex())
    made.put(*(Document(f"mug-{n}", title=f"red mug {n}") for n in range(30)))
    yield made
    made.ports.database.close()


def over(shop: Shop) -> SearchOfJudged:
    return SearchOfJudged.over(shop.ports, Rerankers(vision=None))


def test_it_answers_as_a_search_does(shop: Shop) -> None:
    found = over(shop).answer(MUG, Configuration("default"), index=shop.name, depth=20)
    response = shop.search("red mug", limit=20)
    assert list(found.documents) == [hit.id for hit in response.hits]
    assert list(found.scores) == [hit.score for hit in response.hits]
    assert set(found.matched) == {"text"}
    assert found.first_stage == found.documents
    assert found.took_ms > 0
    assert "total" not in found.stages_ms


def test_a_cascade_is_seen_from_its_beginning_however_few_are_asked_for(shop: Shop) -> None:
    bury = SignalsSpec(top=25, bury=tuple(f"mug-{n}" for n in range(10)))
    buried = Configuration("buried", rerank=RerankSpec((bury,)))
    found = over(shop).answer(MUG, buried, index=shop.name, depth=10)
    plain = over(shop).answer(MUG, Configuration("plain"), index=shop.name, depth=25)
    assert found.first_stage == plain.documents
    assert found.documents != found.first_stage
    assert sorted(found.documents) == sorted(found.first_stage)


def test_an_answer_by_words_alone_is_none(shop: Shop) -> None:
    shop.embed_with(Down())
    with pytest.raises(EmbedderDown):
        over(shop).answer(MUG, Configuration("default"), index=shop.name, depth=10)
    with pytest.raises(EmbedderDown):
        over(shop).vector(MUG, index=shop.name)


def test_a_stored_picture_is_asked_with(shop: Shop) -> None:
    shop.ports.media.put("judged/s/red", picture("red"))
    asked = JudgedQuery("p", text="red mug", media=(JudgedMedium("image", "judged/s/red"),))
    found = over(shop).answer(asked, Configuration("default"), index=shop.name, depth=10)
    assert len(found.documents) == 10
    vector = over(shop).vector(asked, index=shop.name)
    assert float(vector @ vector) == pytest.approx(1.0)


def test_what_cannot_be_asked_is_refused(shop: Shop) -> None:
    with pytest.raises(InputError):
        over(shop).answer(
            JudgedQuery("l", text="x" * 3000), Configuration("default"), index=shop.name, depth=10
        )
