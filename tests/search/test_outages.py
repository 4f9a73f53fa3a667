"""What a search answers while the vector index is down; what hangs is not waited for each time."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.core.errors import EmbedderDown, IndexDown
from services.core.filters import parse
from services.core.index.milvus import MilvusIndex
from services.core.outages import PAUSE_S, Guard, Outages
from services.core.types.documents import Document
from services.core.types.facets import Facet
from services.search.parts import Part
from services.search.request import GroupBy, Target
from tests.search.shop import ATTRIBUTES, Down, Shop, medium, picture
from tests.servers import milvus
from tests.servers.processes import free_port


@contextmanager
def without_vectors(shop: Shop) -> Iterator[None]:
    """Where the vector index was, nobody listens."""
    ports = shop.ports
    shop.ports = replace(ports, vectors=MilvusIndex(f"http://127.0.0.1:{free_port()}"))
    try:
        yield
    finally:
        shop.ports.vectors.close()
        shop.ports = replace(ports, outages=shop.ports.outages)


@pytest.fixture
def cut_off(mugs: Shop) -> Iterator[Shop]:
    with without_vectors(mugs):
        yield mugs


class TestWithoutVectors:
    def test_words_are_looked_for_in_sql(self, cut_off) -> None:
        response = cut_off.search("a RED mug")
        assert (response.degraded, response.degraded_reasons) == (True, ("vectors",))
        assert [hit.id for hit in response.hits] == ["red-mug", "blue-mug", "red-hat"]
        assert {(hit.score, hit.matched) for hit in response.hits} == {(None, None)}

    def test_an_exact_sku_comes_first(self, cut_off) -> None:
        assert cut_off.found("mug or ha-1?")[0] == "red-hat"
        assert cut_off.found("HA-1") == ["red-hat"]

    def test_both_are_named_where_both_are_down(self, cut_off) -> None:
        cut_off.embed_with(Down())
        response = cut_off.search("mug")
        assert response.degraded_reasons == ("embedder", "vectors")
        assert sorted(hit.id for hit in response.hits) == ["blue-mug", "red-mug"]

    def test_gates_hold_all_the_same(self, mugs) -> None:
        mugs.put(Document("old", title="mug", expires_at=mugs.now + timedelta(seconds=1)))
        mugs.delete("red-mug")
        mugs.later(seconds=2)
        with without_vectors(mugs):
            assert mugs.found("mug") == ["blue-mug"]
            assert mugs.found("mug", target=Target.IMAGE) == []
            assert "red-mug" not in mugs.found("MU-1")
            cheap = parse({"price": {"lt": 6}}, ATTRIBUTES)
            assert mugs.found("mug", filter=cheap) == []
            dear = parse({"price": {"gt": 6}}, ATTRIBUTES)
            assert mugs.found("red mug", filter=dear) == ["blue-mug", "red-hat"]

    def test_pages_neither_overlap_nor_skip(self, shop) -> None:
        shop.put(*(Document(f"mug{n:03}", title="mug" * (n % 3 + 1)) for n in range(230)))
        with without_vectors(shop):
            found: list[str] = []
            cursor = None
            while True:
                response = shop.search("mug", limit=40, cursor=cursor)
                found += [hit.id for hit in response.hits]
                cursor = response.next_cursor
                if cursor is None:
                    break
            assert found == [f"mug{n:03}" for n in range(230)]

    def test_facets_and_explanations_are_there_too(self, cut_off) -> None:
        response = cut_off.search("mug", facets=(Facet("price"),), explain=True)
        assert response.facets
        assert response.hits[0].explain["vector_rank"] is None
        assert response.hits[0].explain["lexical_rank"] == 1

    @pytest.mark.parametrize(
        ("parts", "how"),
        [
            ((medium(picture("red")),), {}),
            ((Part(document_id="red-mug"),), {}),
            (("mug",), {"min_score": 0.1}),
            (("mug",), {"group_by": GroupBy.VIEW}),
        ],
        ids=["a picture", "a document", "a cut by score", "hits are views"],
    )
    def test_what_words_cannot_answer_is_unavailable(self, cut_off, parts, how) -> None:
        with pytest.raises(IndexDown):
            cut_off.search(*parts, **how)

    def test_a_document_with_words_is_searched_by_the_words(self, cut_off) -> None:
        response = cut_off.search(Part(document_id="red-mug"), "hat")
        assert [hit.id for hit in response.hits] == ["red-hat"]
        assert response.degraded_reasons == ("vectors",)

    def test_it_is_as_before_once_the_index_is_back(self, mugs) -> None:
        with without_vectors(mugs):
            assert mugs.search("mug").degraded
        response = mugs.search("mug")
        assert (response.degraded, response.degraded_reasons) == (False, ())
        assert response.hits[0].score is not None


@pytest.mark.stack
def test_a_milvus_that_is_killed_is_missed_and_met_again(tmp_path: Path) -> None:
    with milvus.server() as server, closing(MilvusIndex(server.url)) as vectors:
        shop = Shop(tmp_path, vectors)
        shop.put(Document("a", title="red mug"), Document("b", title="mug"))
        assert shop.search("mug").hits[0].score is not None
        server.kill()
        for _ in range(3):
            response = shop.search("red mug")
            assert response.degraded_reasons == ("vectors",)
            assert [hit.id for hit in response.hits] == ["a", "b"]
        server.start()
        time.sleep(PAUSE_S)  # as long as it may be left alone
        response = shop.search("red mug")
        assert not response.degraded
        assert [hit.id for hit in response.hits] == ["a", "b"]
        shop.ports.database.close()


class Ticking:
    """A clock that waits as long as it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Hanging(Down):
    """Keeps its callers waiting before it fails; `asked` counts them."""

    def __init__(self, clock: Ticking, *, waits_s: float) -> None:
        super().__init__()
        object.__setattr__(self, "clock", clock)
        object.__setattr__(self, "waits_s", waits_s)
        object.__setattr__(self, "asked", [])

    def embed(self, embedder, contents, purpose, *, dimensions=None):
        self.asked.append(embedder)
        self.clock.now += self.waits_s
        return super().embed(embedder, contents, purpose, dimensions=dimensions)


class TestHanging:
    @pytest.fixture
    def clock(self) -> Ticking:
        return Ticking()

    def guarded(self, shop: Shop, clock: Ticking, *, waits_s: float) -> Hanging:
        hanging = Hanging(clock, waits_s=waits_s)
        guard = Guard(EmbedderDown, "the embedder", now=clock)
        shop.ports = replace(shop.ports, embedder=hanging, outages=Outages(embedder=guard))
        return hanging

    def test_who_let_two_wait_is_left_alone_for_a_moment(self, mugs, clock) -> None:
        hanging = self.guarded(mugs, clock, waits_s=10)
        for _ in range(6):
            assert mugs.search("mug").degraded_reasons == ("embedder",)
        assert len(hanging.asked) == 2
        clock.now += PAUSE_S
        assert mugs.search("mug").degraded
        assert len(hanging.asked) == 3

    def test_who_fails_at_once_is_asked_every_time(self, mugs, clock) -> None:
        failing = self.guarded(mugs, clock, waits_s=0)
        for _ in range(6):
            assert mugs.search("mug").degraded
        assert len(failing.asked) == 6

    def test_an_index_that_hangs_is_left_alone_too(self, clock) -> None:
        guard = Guard(IndexDown, "the vector index", now=clock)

        def hang() -> None:
            with guard.trying():
                clock.now += 4
                raise IndexDown("4 s")

        for _ in range(2):
            with pytest.raises(IndexDown, match="4 s"):
                hang()
        with pytest.raises(IndexDown, match="in a moment"), guard.trying():
            pytest.fail("it was asked")
        clock.now += PAUSE_S
        with guard.trying():
            pass
        with guard.trying():
            pass
