"""At most so many hits of a value: any catalog, any page, and as many hits as there can be."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.errors import InputError
from services.core.types.documents import Document
from services.core.types.rerank import RerankSpec, SignalsSpec
from services.core.vectors import normalise
from services.search import pipeline
from services.search.diversity import Diversity
from services.search.parts import Part
from services.search.request import GroupBy, SearchRequest
from services.search.rerank.rerankers import Rerankers
from tests.contract.hashing_embedder import SIZE
from tests.contract.memory_index import MemoryIndex
from tests.search.shop import Shop, direction

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
    """Up to 120 documents of few brands and stocks; some lack one or both."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = []
    for n in range(draw(st.integers(0, 120))):
        attributes = {"brand": "abcde"[random.integers(5)], "stock": int(random.integers(4))}
        held = {name: value for name, value in attributes.items() if random.random() < 0.8}
        vector = normalise(random.standard_normal(SIZE))
        rows.append((Document(f"d{n}", title=f"w{n % 5}", attributes=held), {"text:0": vector}))
    return rows


MAX_PER = st.dictionaries(st.sampled_from(["brand", "stock"]), st.integers(1, 9), max_size=2)
HOW = st.fixed_dictionaries(
    {"max_per": MAX_PER, "hybrid": st.sampled_from([None, 0.5, 1.0]), "min_score": st.just(None)}
)


@EXAMPLES
@given(catalogs(), HOW, st.integers(1, 40))
def test_pages_are_the_greedy_choice_of_the_whole_order(shared, rows, how, size) -> None:
    shared.open()
    shared.write(rows)
    order = shared.search("w3", limit=1000, hybrid=how["hybrid"]).hits
    chosen = greedy(order, how["max_per"])
    pages, cursor = [], None
    while True:
        page = shared.search("w3", limit=size, cursor=cursor, **how)
        pages += page.hits
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.hits) == size
    assert [hit.id for hit in pages] == chosen
    assert shared.found("w3", limit=1000, **how) == chosen
    assert [hit.rank for hit in pages] == list(range(1, len(chosen) + 1))


def greedy(order, max_per) -> list[str]:
    """Each hit of the order unless its values have had their hits."""
    had: Counter = Counter()
    chosen = []
    for hit in order:
        values = hit.document.document.attributes
        keys = [(name, values[name]) for name in max_per if name in values]
        if all(had[key] < max_per[key[0]] for key in keys):
            had.update(keys)
            chosen.append(hit.id)
    return chosen


def test_the_limit_is_met_behind_hundreds_of_one_value(shop) -> None:
    query = shop.vector("mug")
    near = [
        (Document(f"near{n:03}", attributes={"brand": "big"}), {"text:0": query})
        for n in range(600)
    ]
    far = [
        (Document(f"far{n}", attributes={"brand": f"small{n}"}), {"text:0": direction(n)})
        for n in range(8)
    ]
    shop.write([*near, *far])
    found = shop.found("mug", limit=10, max_per={"brand": 2})
    assert found[:2] == ["near000", "near001"]
    assert sorted(found[2:]) == [f"far{n}" for n in range(8)]


class Asked(MemoryIndex):
    """Remembers how much it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.limits: list[int] = []

    def search(self, *arguments, limit, **how):
        self.limits.append(limit)
        return super().search(*arguments, limit=limit, **how)


@pytest.mark.parametrize("how", [{}, {"hybrid": 0.5}], ids=str)
def test_once_every_value_has_had_its_share_nothing_deeper_is_asked_for(tmp_path, how) -> None:
    shop = Shop(tmp_path, Asked())
    shop.write(
        [
            (
                Document(f"d{n:03}", title="mug", attributes={"brand": "abc"[n % 3]}),
                {"text:0": direction(n % 60)},
            )
            for n in range(600)
        ]
    )
    found = shop.found("mug", max_per={"brand": 2}, **how)
    assert len(found) == 6
    assert max(shop.ports.vectors.limits) <= 96
    shop.ports.database.close()


def test_documents_without_the_attribute_are_not_limited(mugs) -> None:
    mugs.put(Document("plain-mug", title="plain mug"))
    found = mugs.found("mug", max_per={"brand": 1})
    assert len(found) == 5


def test_a_value_of_another_type_than_declared_counts_as_none() -> None:
    rule = Diversity({"brand": 1})
    odd = Document("d", attributes={"brand": ["a"]})
    assert rule.admits(odd)
    assert rule.admits(odd)


def test_hits_that_are_views_count_by_their_document(shop) -> None:
    views = {f"image:{n}": direction(n) for n in range(4)}
    shop.write(
        [
            (Document("one", attributes={"brand": "a"}), views),
            (Document("two"), {"text:0": views["image:0"]}),
        ]
    )
    hits = shop.search("x", group_by=GroupBy.VIEW, max_per={"brand": 2}).hits
    assert sorted(hit.id for hit in hits) == ["one", "one", "two"]


def test_it_comes_before_the_reranking_which_sees_only_what_stays(shop) -> None:
    query = shop.vector("mug")
    rows = [
        (
            Document(f"d{n}", attributes={"brand": "ab"[n % 2]}, signals={"popularity": n / 10}),
            {"text:0": normalise(query + direction(9) * n / 10)},
        )
        for n in range(6)
    ]
    shop.write(rows)
    spec = RerankSpec((SignalsSpec(weights={"popularity": 20}, max_places=20),))
    request = SearchRequest(shop.name, (Part(text="mug"),), rerank=spec, max_per={"brand": 1})
    rerankers = Rerankers()
    try:
        found = pipeline.search(request, ports=shop.ports, rerankers=rerankers)
    finally:
        rerankers.close()
    assert [hit.id for hit in found.hits] == ["d1", "d0"]


@pytest.mark.parametrize("name", ["price", "tags", "colour"])
def test_only_declared_attributes_with_one_value_can_be_limited(mugs, name) -> None:
    with pytest.raises(InputError) as refused:
        mugs.search("mug", max_per={name: 1})
    assert [problem.field for problem in refused.value.fields] == [f"max_per.{name}"]
