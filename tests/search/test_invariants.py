"""What holds for any catalog: pages, filters, limits, one hit per document, a fixed order."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.filters import matches, parse
from services.core.types.documents import Document
from services.core.vectors import normalise
from services.search.parts import Part
from services.search.request import GroupBy, Target
from tests.contract.hashing_embedder import SIZE
from tests.contract.memory_index import MemoryIndex
from tests.search.shop import ATTRIBUTES, Shop, direction

VIEWS = ("text:0", "image:0", "image:1", "combined:0", "combined:1")
FILTERS = (
    None,
    {"stock": {"lt": 2}},
    {"brand": {"in": ["a", "b"]}},
    {"not": {"brand": "a"}},
    {"any": [{"stock": 9}, {"brand": "c"}]},
)
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
    """Up to 90 documents with up to 5 views each; many views are equal to one another."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    pool = [normalise(random.standard_normal(SIZE)) for _ in range(draw(st.integers(1, 60)))]
    rows = []
    for n in range(draw(st.integers(0, 90))):
        attributes = {"brand": "abc"[random.integers(3)], "stock": int(random.integers(10))}
        names = random.permutation(VIEWS)[: random.integers(1, 6)]
        views = {str(name): pool[random.integers(len(pool))] for name in names}
        rows.append((Document(f"d{n}", title=f"word{n % 7}", attributes=attributes), views))
    return rows


HOW = st.fixed_dictionaries(
    {
        "target": st.sampled_from(Target),
        "group_by": st.sampled_from(GroupBy),
        "min_score": st.sampled_from([None, None, 0.0, 0.1]),
        "exact_below": st.sampled_from([0, 2000]),
        "filter": st.sampled_from(FILTERS),
    }
)


@EXAMPLES
@given(catalogs(), HOW, st.integers(7, 40))
def test_pages_put_together_are_the_whole_answer(shared, rows, how, size) -> None:
    asked = opened(shared, rows, how)
    whole = shared.search("word3", limit=1000, **asked)
    assert whole.next_cursor is None
    paged, cursor = [], None
    while True:
        page = shared.search("word3", limit=size, cursor=cursor, **asked)
        assert page.hits or cursor is None
        paged += page.hits
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [key(hit) for hit in paged] == [key(hit) for hit in whole.hits]
    assert [hit.rank for hit in paged] == list(range(1, len(paged) + 1))
    by_offset = shared.search("word3", limit=size, offset=size, **asked)
    assert [key(hit) for hit in by_offset.hits] == [key(hit) for hit in whole.hits[size : 2 * size]]


@EXAMPLES
@given(catalogs(), HOW)
def test_hits_are_exactly_what_an_oracle_finds(shared, rows, how) -> None:
    asked = opened(shared, rows, how)
    response = shared.search("word3", limit=1000, **asked)
    expected = oracle(rows, shared.vector("word3"), how)
    assert [key(hit) for hit in response.hits] == [expected_key for _, expected_key in expected]
    np.testing.assert_allclose(
        [hit.score for hit in response.hits], [score for score, _ in expected], atol=1e-6
    )
    assert response.no_match == (not expected)


@EXAMPLES
@given(catalogs(), st.integers(1, 50), st.sampled_from(FILTERS), st.sampled_from([0, 2000]))
def test_the_limit_is_met_whenever_enough_documents_match(
    shared, rows, limit, filter, exact_below
) -> None:
    how = {"filter": filter, "exact_below": exact_below}
    asked = opened(shared, rows, how)
    alive = [document.id for document, _ in rows if int(document.id[1:]) % 3]
    shared.delete(*(document.id for document, _ in rows if document.id not in alive))
    tree = asked["filter"]
    matching = [
        document.id
        for document, _ in rows
        if document.id in alive and (tree is None or matches(tree, document.attributes))
    ]
    found = shared.found("word3", limit=limit, **asked)
    assert len(found) == min(limit, len(matching))
    assert len(set(found)) == len(found)
    assert set(found) <= set(matching)


@EXAMPLES
@given(catalogs(), st.sampled_from([0.0, 0.3, 1.0]), st.integers(1, 30), st.sampled_from(FILTERS))
def test_hybrid_pages_neither_overlap_nor_skip(shared, rows, share, size, filter) -> None:
    asked = opened(shared, rows, {"filter": filter, "exact_below": 0})
    whole = shared.found("word3", limit=1000, hybrid=share, **asked)
    paged, cursor = [], None
    while True:
        page = shared.search("word3", limit=size, hybrid=share, cursor=cursor, **asked)
        paged += [hit.id for hit in page.hits]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert paged == whole
    assert len(set(whole)) == len(whole)


@EXAMPLES
@given(st.permutations(range(3)), st.lists(st.floats(-10, 10), min_size=3, max_size=3))
def test_the_order_of_the_parts_does_not_matter(shared, order, weights) -> None:
    shared.open()
    shared.write(
        [(Document(f"d{n}"), {"text:0": direction(n, towards=9, share=0.2)}) for n in range(8)]
    )
    if sum(abs(weight) for weight in weights) < 0.1:
        return
    parts = [Part(text=text, weight=w) for text, w in zip("abc", weights, strict=True)]
    straight = shared.search(*parts)
    mixed = shared.search(*(parts[at] for at in order))
    assert {hit.id for hit in mixed.hits} == {hit.id for hit in straight.hits}
    scores = {hit.id: hit.score for hit in straight.hits}
    for hit in mixed.hits:
        assert hit.score == pytest.approx(scores[hit.id], abs=1e-5)


def opened(shop: Shop, rows, how) -> dict:
    """Write the catalog into a new index; return the keywords of the search."""
    shop.open()
    if rows:
        shop.write(rows)
    shop.set_search(exact_below_rows=how["exact_below"])
    asked = {name: value for name, value in how.items() if name != "exact_below"}
    raw = how["filter"]
    return asked | {"filter": None if raw is None else parse(raw, ATTRIBUTES)}


def oracle(rows, query: np.ndarray, how) -> list[tuple[float, tuple[str, str]]]:
    """Every view scored, filtered and grouped in the plainest way."""
    tree = None if how["filter"] is None else parse(how["filter"], ATTRIBUTES)
    kinds = how["target"].modalities
    scored = [
        (float(np.dot(query, vector)), document.id, f"{document.id}:{view}")
        for document, views in rows
        if tree is None or matches(tree, document.attributes)
        for view, vector in views.items()
        if view.split(":")[0] in kinds
    ]
    scored.sort(key=lambda row: (-row[0], row[1], row[2]))
    best: dict[str, tuple[float, tuple[str, str]]] = {}
    for score, document_id, view_id in scored:
        name = document_id if how["group_by"] is GroupBy.DOCUMENT else view_id
        if how["min_score"] is None or score >= how["min_score"]:
            best.setdefault(name, (score, (document_id, view_id)))
    return list(best.values())


def key(hit) -> tuple[str, str]:
    return hit.id, hit.matched.view_id
