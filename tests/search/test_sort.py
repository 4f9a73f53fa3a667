"""Sorting by an attribute: the best hits and no others, the same on every page."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.errors import InputError
from services.core.types.documents import Document
from services.core.types.rerank import RerankSpec, SignalsSpec, VlmSpec
from services.core.vectors import normalise
from services.search import pipeline
from services.search.parts import Part
from services.search.request import SearchRequest
from services.search.rerank.rerankers import Rerankers
from services.search.rerank.stage import Status
from services.search.sort import Sort, Sorted
from tests.contract.hashing_embedder import SIZE
from tests.contract.memory_index import MemoryIndex
from tests.search.shop import Shop

EXAMPLES = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    made = Shop(tmp_path_factory.mktemp("shop"), MemoryIndex())
    yield made
    made.ports.database.close()


@st.composite
def catalogs(draw: st.DrawFn) -> list[tuple[Document, dict[str, np.ndarray]]]:
    """Up to 60 documents with few prices; some have none."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = []
    for n in range(draw(st.integers(0, 60))):
        held = {"price": float(random.integers(5))} if random.random() < 0.8 else {}
        vector = normalise(random.standard_normal(SIZE))
        rows.append((Document(f"d{n}", title=f"w{n % 5}", attributes=held), {"text:0": vector}))
    return rows


@EXAMPLES
@given(
    catalogs(),
    st.builds(Sort, st.just("price"), descending=st.booleans(), among=st.integers(1, 70)),
    st.sampled_from([None, 0.5]),
    st.integers(1, 20),
)
def test_pages_are_the_best_hits_by_their_attribute(shared, rows, sort, hybrid, size) -> None:
    shared.open()
    shared.write(rows)
    every = shared.search("w3", limit=1000, hybrid=hybrid).hits
    best = every[: sort.among]
    sign = -1 if sort.descending else 1
    prices = {hit.id: hit.document.document.attributes.get("price") for hit in best}
    priced = [id for id in prices if prices[id] is not None]
    wanted = sorted(priced, key=lambda each: sign * prices[each])
    wanted += [id for id in prices if prices[id] is None]
    pages, cursor = [], None
    while True:
        page = shared.search("w3", limit=size, cursor=cursor, hybrid=hybrid, sort=sort)
        assert page.sorted == Sorted(sort, len(best), complete=len(every) <= sort.among)
        pages += page.hits
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.hits) == size
    assert [hit.id for hit in pages] == wanted
    assert [hit.rank for hit in pages] == list(range(1, len(wanted) + 1))
    ranks = {hit.id: hit.rank for hit in every}
    assert all(hit.first_stage.rank == ranks[hit.id] for hit in pages)


def test_a_cursor_is_of_one_sort(mugs: Shop) -> None:
    first = mugs.search("mug", limit=1, sort=Sort("price"))
    with pytest.raises(InputError, match="cursor"):
        mugs.search("mug", limit=1, cursor=first.next_cursor, sort=Sort("price", descending=True))
    with pytest.raises(InputError, match="cursor"):
        mugs.search("mug", limit=1, cursor=first.next_cursor)


@pytest.mark.parametrize("by", ["brand", "tags", "weight"])
def test_only_a_declared_number_sorts(mugs: Shop, by: str) -> None:
    with pytest.raises(InputError) as refused:
        mugs.search("mug", sort=Sort(by))
    assert [problem.field for problem in refused.value.fields] == ["sort.by"]
    assert "price, stock" in refused.value.fields[0].problem


@pytest.mark.parametrize("among", [0, 1001])
def test_how_many_are_sorted_is_bounded(mugs: Shop, among: int) -> None:
    with pytest.raises(InputError) as refused:
        mugs.search("mug", sort=Sort("price", among=among))
    assert [problem.field for problem in refused.value.fields] == ["sort.among"]


def test_sorting_and_reranking_in_one_request_are_refused(mugs: Shop) -> None:
    cascade = RerankSpec((SignalsSpec(),))
    with pytest.raises(InputError) as refused:
        mugs.search("mug", sort=Sort("price"), rerank=cascade)
    assert [problem.field for problem in refused.value.fields] == ["sort"]
    assert mugs.search("mug", sort=Sort("price"), rerank=RerankSpec(())).rerank == ()


def test_the_index_s_own_cascade_is_skipped_and_says_why(mugs: Shop) -> None:
    cascade = RerankSpec((SignalsSpec(pin=("sofa",)), VlmSpec()))
    with mugs.ports.database.work() as work:
        work.indexes.save(replace(mugs.index, rerank=cascade))
    request = SearchRequest(mugs.name, (Part(text="mug"),), sort=Sort("price", descending=True))
    rerankers = Rerankers()
    found = pipeline.search(request, ports=mugs.ports, rerankers=rerankers)
    rerankers.close()
    assert [hit.id for hit in found.hits] == ["red-hat", "blue-mug", "red-mug", "sofa"]
    assert [(each.stage, each.status) for each in found.rerank] == [
        ("signals", Status.SKIPPED),
        ("vlm", Status.SKIPPED),
    ]
    assert all("sorted by price" in (each.detail or "") for each in found.rerank)


def test_the_likes_of_a_document_can_be_sorted(mugs: Shop) -> None:
    found = pipeline.similar(mugs.name, "sofa", ports=mugs.ports, sort=Sort("price"))
    assert [hit.id for hit in found.hits] == ["red-mug", "blue-mug", "red-hat"]
