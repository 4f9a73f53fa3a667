"""Whole searches with a cascade: whatever the reranker does, the answer holds the same hits."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from services.core.media.stored_pictures import thumbnail_key
from services.core.types.analytics import LearnedSignal
from services.core.types.documents import Document
from services.core.types.rerank import CrossEncoderSpec, RerankSpec, SignalsSpec, StageSpec, VlmSpec
from services.core.vision.chat_server import ChatServer
from services.search import pipeline
from services.search.hits import SearchResponse
from services.search.parts import Part
from services.search.request import SearchRequest
from services.search.rerank.rerankers import Rerankers
from services.search.rerank.stage import Status
from tests.core.vision.chat_server import Script, answering, serving
from tests.search.rerank.vlm.eyes import plain, rank_by_colour
from tests.search.shop import Shop, direction, medium

COUNT = 6
SHADES = [(0, 0, 255), (40, 0, 200), (80, 10, 150), (120, 20, 100), (160, 25, 60), (198, 30, 32)]
FIRST_STAGE = [f"d{n}" for n in range(COUNT)]


@pytest.fixture
def shades(shop: Shop) -> Shop:
    """Six documents that the first stage puts in the wrong order: the reddest last."""
    for place, shade in enumerate(SHADES):
        media_id = shop.store(plain(shade), index=shop.name)
        shop.ports.media.put(thumbnail_key(media_id), plain(shade))
        document = Document(
            f"d{place}", title="thing", images=(media_id,), signals={"popularity": float(place)}
        )
        shop.put(document, views={"text:0": near(shop, place)})
    return shop


def near(shop: Shop, place: int):
    query = shop.vector("thing")
    away = direction(place % 60)
    mixed = query * (1 - 0.04 * place) + away * 0.04 * place
    return mixed / (mixed**2).sum() ** 0.5


@contextmanager
def model(script: Script) -> Iterator[Rerankers]:
    with serving(script) as server:
        rerankers = Rerankers(vision=ChatServer(server.url, "phi"))
        try:
            yield rerankers
        finally:
            rerankers.close()


def search(
    shop: Shop, rerankers: Rerankers, *stages: StageSpec, deadline_ms: int = 5000, **how
) -> SearchResponse:
    parts = (Part(text="thing"), *how.pop("more", ()))
    request = SearchRequest(shop.name, parts, rerank=RerankSpec(stages, deadline_ms), **how)
    return pipeline.search(request, ports=shop.ports, rerankers=rerankers)


def ids_of(found: SearchResponse) -> list[str]:
    return [hit.id for hit in found.hits]


def looking(exchange) -> None:
    rank_by_colour(exchange, count=COUNT)


def test_the_vision_model_puts_the_right_one_on_top_and_says_why(shades: Shop) -> None:
    red = medium(plain((200, 30, 30)), weight=0.0001)
    with model(looking) as rerankers:
        found = search(shades, rerankers, VlmSpec(blend=0.0), more=[red])
    assert ids_of(found) == FIRST_STAGE[::-1]
    top = found.hits[0]
    assert top.rank == 1
    assert top.first_stage.rank == 6
    assert top.rerank is not None
    assert top.rerank.reason == "Its colour is the query's."
    assert found.rerank[0].status is Status.APPLIED
    assert found.timings_ms["rerank"] >= found.rerank[0].took_ms


MISBEHAVING = {
    "prose": (answering("I think 3 is the nicest."), Status.INVALID),
    "half a list": (answering("Ranked list: [6, 5]"), Status.APPLIED),
    "repeats": (answering('{"ranking": [6, 6, 6]}'), Status.APPLIED),
    "out of range": (answering('{"ranking": [60, -1]}'), Status.INVALID),
    "0-based": (answering('{"ranking": [5, 4, 3, 2, 1, 0]}'), Status.APPLIED),
    "strings": (answering('{"ranking": ["6", "5"]}'), Status.APPLIED),
    "huge": (answering("x" * 200_000), Status.INVALID),
    "endless": (lambda exchange: exchange.pour(2), Status.UNAVAILABLE),
    "stalled": (lambda exchange: exchange.stall(), Status.TIMEOUT),
    "hangs up": (lambda exchange: exchange.hang_up(), Status.UNAVAILABLE),
    "429": (lambda exchange: exchange.send(429, b""), Status.UNAVAILABLE),
    "500": (lambda exchange: exchange.send(500, b""), Status.UNAVAILABLE),
    "no text": (lambda exchange: exchange.send(200, b"\xff\xfe"), Status.UNAVAILABLE),
}
DEADLINES_MS = {Status.TIMEOUT: 500}  # nothing else may depend on how busy the machine is


@pytest.mark.parametrize("how", MISBEHAVING)
def test_a_misbehaving_model_never_costs_a_hit(shades: Shop, how: str) -> None:
    script, status = MISBEHAVING[how]
    with model(script) as rerankers:
        found = search(shades, rerankers, VlmSpec(), deadline_ms=DEADLINES_MS.get(status, 60_000))
    assert sorted(ids_of(found)) == FIRST_STAGE
    assert found.rerank[0].status is status
    if status is not Status.APPLIED:
        assert ids_of(found) == FIRST_STAGE
        assert all(hit.first_stage.rank == hit.rank for hit in found.hits)


def test_stages_follow_each_other_and_absent_ones_say_so(shades: Shop) -> None:
    rerankers = Rerankers()
    formula = SignalsSpec(weights={"popularity": 20}, max_places=20)
    found = search(shades, rerankers, formula, CrossEncoderSpec(), VlmSpec())
    rerankers.close()
    assert ids_of(found) == FIRST_STAGE[::-1]
    assert [(report.stage, report.status) for report in found.rerank] == [
        ("signals", Status.APPLIED),
        ("cross_encoder", Status.UNAVAILABLE),
        ("vlm", Status.UNAVAILABLE),
    ]
    assert found.hits[0].rerank is not None
    assert found.hits[0].rerank.terms == {"popularity": 20.0}


def test_pages_of_a_reranked_search_neither_overlap_nor_skip(shades: Shop) -> None:
    answer = answering(json.dumps({"ranking": [4, 3, 2, 1]}))
    with model(answer) as rerankers:
        stage = VlmSpec(top=4, blend=0.0, passes=1)
        whole = ids_of(search(shades, rerankers, stage))
        assert whole == ["d3", "d2", "d1", "d0", "d4", "d5"]
        pages: list[str] = []
        cursor = None
        while True:
            page = search(shades, rerankers, stage, limit=1, cursor=cursor)
            assert [hit.rank for hit in page.hits] == [len(pages) + 1]
            pages += ids_of(page)
            cursor = page.next_cursor
            if cursor is None:
                break
        assert pages == whole
        beyond = search(shades, rerankers, stage, offset=4)
        assert ids_of(beyond) == ["d4", "d5"]
        assert beyond.rerank == ()


def test_without_a_cascade_nothing_is_reported(shades: Shop) -> None:
    found = shades.search("thing")
    assert found.rerank == ()
    assert all(hit.rerank is None for hit in found.hits)


def test_the_learned_click_rate_is_weighed_where_a_formula_asks_for_it(shades: Shop) -> None:
    signals = [LearnedSignal(f"d{place}", place / 10, 9.0, 1.0) for place in range(COUNT)]
    with shades.ports.database.work() as work:
        work.learning.replace_signals(shades.name, signals, mean=0.2, now=shades.ports.clock())
    rerankers = Rerankers()
    found = search(shades, rerankers, SignalsSpec(weights={"ctr": 20.0}, max_places=20.0))
    plain_order = search(shades, rerankers, SignalsSpec(weights={"margin": 20.0}))
    rerankers.close()
    assert ids_of(found) == FIRST_STAGE[::-1]
    assert found.hits[0].rerank is not None
    assert dict(found.hits[0].rerank.terms) == {"ctr": 20.0}
    assert ids_of(plain_order) == FIRST_STAGE
