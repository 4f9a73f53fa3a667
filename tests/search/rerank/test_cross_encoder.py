"""The cross-encoder stage: what it reads, how it orders, and how a search goes on without it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import InputError
from services.core.media.stored_pictures import thumbnail_key
from services.core.types.documents import Document
from services.core.types.rerank import CrossEncoderSpec, RerankSpec
from services.embedder.scorer_runtime import ScorerRuntime
from services.search import pipeline
from services.search.hits import SearchResponse
from services.search.parts import Part
from services.search.request import SearchRequest
from services.search.rerank.cross_encoder import CrossEncoder, relevance
from services.search.rerank.rerankers import Rerankers
from services.search.rerank.stage import Asked, Candidate, Outcome, Status
from tests.embedder.overlap import Overlap
from tests.search.rerank.vlm.eyes import plain
from tests.search.shop import Shop, medium

NOW = datetime(2026, 5, 1, tzinfo=UTC)
RED, BLUE = b"red", b"blue"
PICTURES = {"r": RED, "b": BLUE}
Serve = Callable[..., ScorerRuntime]


@pytest.fixture
def serve() -> Iterator[Serve]:
    opened: list[ScorerRuntime] = []

    def build(model: Overlap) -> ScorerRuntime:
        opened.append(ScorerRuntime(["overlap"], lambda name: model))
        return opened[-1]

    yield build
    for each in opened:
        each.close()


@pytest.fixture
def rerankers() -> Iterator[Rerankers]:
    made = Rerankers()
    yield made
    made.close()


def asked(*texts: str, picture: bytes | None = None) -> Asked:
    return Asked("shop", texts, picture, NOW)


def candidate(title: str = "", description: str = "", *, picture: str | None = None) -> Candidate:
    return Candidate(Document("d", title=title, description=description), 0.5, NOW, picture)


def rank(runtime: ScorerRuntime, query: Asked, *shown: Candidate) -> Outcome:
    stage = CrossEncoder(runtime, "overlap", PICTURES.get)
    return stage.rank(query, shown, timeout_s=5.0)


def test_the_best_score_is_first_and_equal_ones_stay_as_they_came(serve: Serve) -> None:
    shown = [candidate(each) for each in ("case", "mug", "lamp", "red mug", "blue mug")]
    found = rank(serve(Overlap()), asked("red mug"), *shown)
    assert (found.status, found.order) == (Status.APPLIED, (3, 1, 4, 0, 2))
    assert found.terms[3] == {"relevance": relevance(1.0)}
    assert set(found.terms) == set(range(5))


def test_title_and_description_are_read_together(serve: Serve) -> None:
    shown = (candidate("mug", "of glass"), candidate("mug", "a red one"))
    assert rank(serve(Overlap()), asked("red", "mug"), *shown).order == (1, 0)


def test_pictures_are_shown_to_a_model_that_sees_and_to_no_other(serve: Serve) -> None:
    shown = (candidate("mug", picture="b"), candidate("hat", picture="r"))
    query = asked("mug", picture=RED)
    assert rank(serve(Overlap(sees=True)), query, *shown).order == (1, 0)
    assert rank(serve(Overlap()), query, *shown).order == (0, 1)


def test_what_it_cannot_read_keeps_its_place(serve: Serve) -> None:
    shown = (candidate(), candidate("hat"), candidate(picture="r"), candidate("red mug"))
    assert rank(serve(Overlap()), asked("red mug"), *shown).order == (0, 3, 2, 1)


@pytest.mark.parametrize(
    ("query", "shown"),
    [(asked(picture=RED), candidate("mug")), (asked("mug"), candidate(picture="r"))],
)
def test_with_nothing_to_read_it_is_skipped(query: Asked, shown: Candidate, serve: Serve) -> None:
    found = rank(serve(Overlap()), query, shown)
    assert found.status is Status.SKIPPED
    assert "overlap" in (found.detail or "")


def test_no_time_is_a_timeout(serve: Serve) -> None:
    stage = CrossEncoder(serve(Overlap()), "overlap", PICTURES.get)
    assert stage.rank(asked("mug"), [candidate("mug")], timeout_s=0.0).status is Status.TIMEOUT


@given(st.lists(st.sampled_from(["", "red", "mug", "red mug", "hat"]), max_size=20))
def test_whatever_comes_in_comes_out_once(titles: list[str]) -> None:
    runtime = ScorerRuntime(["overlap"], lambda name: Overlap())
    found = rank(runtime, asked("red mug"), *map(candidate, titles))
    runtime.close()
    if found.status is Status.APPLIED:
        assert sorted(found.order) == list(range(len(titles)))
    else:
        assert not any(titles)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_relevance_is_within_0_and_1_and_keeps_the_order(one: float, other: float) -> None:
    assert 0 <= relevance(one) <= 1
    if one <= other:
        assert relevance(one) <= relevance(other)


def search(
    shop: Shop, rerankers: Rerankers, stage: CrossEncoderSpec, *parts: Part
) -> SearchResponse:
    request = SearchRequest(shop.name, parts or (Part(text="mug"),), rerank=RerankSpec((stage,)))
    return pipeline.search(request, ports=shop.ports, rerankers=rerankers)


def test_a_search_is_reordered_and_says_so(mugs: Shop, rerankers: Rerankers, serve: Serve) -> None:
    mugs.ports = replace(mugs.ports, scorer=serve(Overlap()))
    found = search(mugs, rerankers, CrossEncoderSpec(), Part(text="green sofa mug"))
    assert found.hits[0].id == "sofa"
    assert found.hits[0].rerank is not None
    assert found.hits[0].rerank.terms == {"relevance": relevance(1.0)}
    (report,) = found.rerank
    assert (report.stage, report.status) == ("cross_encoder", Status.APPLIED)


def test_a_search_by_picture_shows_thumbnails_of_ours(
    mugs: Shop, rerankers: Rerankers, serve: Serve
) -> None:
    shown: list[bytes] = []

    class Keeps(Overlap):
        def preprocess(self, query, candidates):
            shown.extend(each.image for each in (query, *candidates) if each.image is not None)
            return super().preprocess(query, candidates)

    mugs.ports = replace(mugs.ports, scorer=serve(Keeps(sees=True)))
    held = mugs.store(plain((1, 2, 3)), index=mugs.name)
    mugs.ports.media.put(thumbnail_key(held), b"thumbnail")
    mugs.put(Document("pictured", title="mug", images=(held,)))
    found = search(mugs, rerankers, CrossEncoderSpec(), Part(text="mug"), medium(plain((9, 9, 9))))
    assert found.rerank[0].status is Status.APPLIED
    assert b"thumbnail" in shown
    assert shown[0].startswith(b"\xff\xd8")


def test_an_unknown_model_is_refused_before_the_search_begins(
    mugs: Shop, rerankers: Rerankers, serve: Serve
) -> None:
    mugs.ports = replace(mugs.ports, scorer=serve(Overlap()))
    with pytest.raises(InputError, match="overlap") as refused:
        search(mugs, rerankers, CrossEncoderSpec(model="other"))
    assert refused.value.fields[0].field == "rerank[0].model"


def test_an_index_that_asks_for_a_model_taken_away_is_searched_without(
    mugs: Shop, rerankers: Rerankers, serve: Serve
) -> None:
    mugs.ports = replace(mugs.ports, scorer=serve(Overlap()))
    with mugs.ports.database.work() as work:
        spec = RerankSpec((CrossEncoderSpec(model="gone"),))
        work.indexes.save(replace(work.indexes.get(mugs.name), rerank=spec))
    request = SearchRequest(mugs.name, (Part(text="mug"),))
    found = pipeline.search(request, ports=mugs.ports, rerankers=rerankers)
    assert found.rerank[0].status is Status.UNAVAILABLE
    assert "'gone'" in (found.rerank[0].detail or "")
    assert found.hits


def test_a_deployment_without_one_says_which_setting_names_them(
    mugs: Shop, rerankers: Rerankers
) -> None:
    found = search(mugs, rerankers, CrossEncoderSpec(model="any"))
    assert found.rerank[0].status is Status.UNAVAILABLE
    assert "MARGAY_RERANK__CROSS_ENCODERS" in (found.rerank[0].detail or "")


def test_a_model_that_fails_costs_no_hit(mugs: Shop, rerankers: Rerankers, serve: Serve) -> None:
    plainly = search(mugs, rerankers, CrossEncoderSpec())
    mugs.ports = replace(mugs.ports, scorer=serve(Overlap(room=0)))
    found = search(mugs, rerankers, CrossEncoderSpec())
    assert found.rerank[0].status is Status.UNAVAILABLE
    assert [hit.id for hit in found.hits] == [hit.id for hit in plainly.hits]
