"""Faults read in a comparable shopping assistant's retriever: none of them may be ours."""

import pytest

from services.core.filters import parse
from services.core.types.documents import Document
from services.core.types.facets import Extent, Facet, Span, ValueCount
from services.core.types.vectors import Content, Purpose
from services.search.request import Target
from tests.search.shop import ATTRIBUTES, Shop, direction, medium, picture


@pytest.fixture(params=["shop", "milvus_shop"])
def store(request: pytest.FixtureRequest) -> Shop:
    return request.getfixturevalue(request.param)


def test_a_product_found_by_text_and_by_picture_comes_once(store) -> None:
    for n in range(5):
        words, image = store.vector("red mug"), direction(n)
        store.write([(Document(f"m{n}", title="red mug"), {"text:0": words, "image:0": image})])
    found = store.found("red mug", medium(picture("red")), limit=20)
    assert sorted(found) == [f"m{n}" for n in range(5)]


def test_a_filter_never_empties_the_answer_while_products_match(store) -> None:
    query = store.vector("mug")
    near = [
        (Document(f"near{n:03}", attributes={"price": 50.0}), {"text:0": query}) for n in range(300)
    ]
    far = [
        (
            Document(f"far{n}", attributes={"price": 5.0}),
            {"text:0": direction(n), "image:0": direction(n)},
        )
        for n in range(6)
    ]
    store.write([*near, *far])
    cheap = parse({"price": {"lt": 10}}, ATTRIBUTES)
    for exact_below in (0, 2000):
        store.set_search(exact_below_rows=exact_below)
        assert len(store.found("mug", filter=cheap, limit=4)) == 4
        assert sorted(store.found("mug", filter=cheap, limit=20)) == [f"far{n}" for n in range(6)]


def test_no_hidden_threshold_empties_the_answer(store) -> None:
    store.write([(Document(f"d{n}"), {"text:0": direction(n)}) for n in range(5)])
    response = store.search("nothing like it", limit=5)
    assert len(response.hits) == 5
    assert not response.no_match


def test_scores_of_the_two_legs_are_never_compared(store) -> None:
    store.put(Document("words", title="leopard leopard leopard", description="leopard"))
    store.write([(Document("vectors", title="a"), {"text:0": store.vector("leopard case")})])
    response = store.search("leopard case", hybrid=0.5)
    for hit in response.hits:
        assert -1 <= hit.score <= 1
    ranks = {hit.id: hit.first_stage.score for hit in response.hits}
    # Words found "words" first, vectors "vectors": each has a first rank in one leg.
    assert ranks["vectors"] <= 0.5 / 61 + 0.5 / 61
    assert store.search("leopard case", hybrid=0.0).hits[0].id == "vectors"


def test_a_picture_search_honours_the_filter_and_needs_no_text(store) -> None:
    red = store.ports.embedder.embed("hashing", [Content(image=picture("red"))], Purpose.QUERY)[0]
    store.write(
        [
            (Document("mug", attributes={"brand": "a"}), {"image:0": red}),
            (Document("hat", attributes={"brand": "b"}), {"image:0": direction(3)}),
        ]
    )
    only_b = parse({"brand": "b"}, ATTRIBUTES)
    assert store.found(medium(picture("red"))) == ["mug", "hat"]
    assert store.found(medium(picture("red")), filter=only_b) == ["hat"]


def test_many_views_of_few_products_do_not_crowd_out_the_rest(store) -> None:
    query = store.vector("mug")
    rows = [
        (Document(f"big{n}"), {f"image:{i}": query for i in range(16)} | {"text:0": query})
        for n in range(12)
    ]
    rows += [
        (Document(f"small{n:02}"), {"text:0": direction(n, towards=30, share=0.4)})
        for n in range(20)
    ]
    store.write(rows)
    found = store.found("mug", limit=25)
    assert len(found) == 25
    assert found[:12] == sorted(f"big{n}" for n in range(12))
    assert len(set(found)) == 25


def test_deep_pages_of_the_real_index_neither_overlap_nor_skip(store) -> None:
    store.put(*(Document(f"d{n:03}", title=f"mug {n % 40} {n % 11}") for n in range(200)))
    whole = store.found("mug 3", limit=300, target=Target.TEXT)
    paged = [id for at in range(0, 210, 30) for id in store.found("mug 3", limit=30, offset=at)]
    assert paged == whole
    assert sorted(whole) == sorted(f"d{n:03}" for n in range(200))


def test_words_text_and_picture_together_give_a_product_once_with_one_kind_of_score(store) -> None:
    red = store.ports.embedder.embed("hashing", [Content(image=picture("red"))], Purpose.QUERY)[0]
    for n in range(5):
        views = {"text:0": store.vector("red mug"), "image:0": red, "combined:0": direction(n)}
        store.write([(Document(f"m{n}", title="red mug", sku=f"MU-{n}"), views)])
    store.put(Document("words-only", title="MU-3 sleeve"))
    parts = ("red mug for MU-3", medium(picture("red")))
    plain = {hit.id: hit.score for hit in store.search(*parts, limit=20).hits}
    for share in (0.2, 0.5, 1.0):
        hits = store.search(*parts, hybrid=share, limit=20).hits
        assert len({hit.id for hit in hits}) == len(hits)
        for hit in hits:  # the similarity of one fused vector, whichever leg found it
            assert hit.score == pytest.approx(plain[hit.id], abs=1e-5)
    assert store.found(*parts, hybrid=1.0)[0] == "m3"


def test_filter_diversity_and_hybrid_together_still_meet_the_limit(store) -> None:
    query = store.vector("mug")
    near = [
        (
            Document(f"near{n:03}", title="mug", attributes={"brand": "big", "price": 5.0}),
            {"text:0": query, "image:0": query},
        )
        for n in range(150)
    ]
    far = [
        (
            Document(f"far{n}", title="mug", attributes={"brand": f"b{n}", "price": 5.0 + n}),
            {"text:0": direction(n), "image:0": direction(n)},
        )
        for n in range(9)
    ]
    store.write([*near, *far])
    cheap = parse({"price": {"lt": 11}}, ATTRIBUTES)
    how = {"filter": cheap, "max_per": {"brand": 2}}
    for hybrid in (None, 0.5, 1.0):
        for exact_below in (0, 2000):
            store.set_search(exact_below_rows=exact_below)
            parts = ("mug", medium(picture("red")))
            found = store.found(*parts, hybrid=hybrid, limit=8, **how)
            assert len(found) == len(set(found)) == 8
            assert sum(id.startswith("near") for id in found) == 2
            assert {id for id in found if id.startswith("far")} == {f"far{n}" for n in range(6)}
            pages = [
                id
                for at in range(0, 9, 3)
                for id in store.found(*parts, hybrid=hybrid, limit=3, offset=at, **how)
            ]
            assert pages == found


def test_facets_say_what_matches_and_not_what_was_cut_off(store) -> None:
    store.write(
        [
            (
                Document(f"d{n}", attributes={"brand": "ab"[n % 2], "price": float(n)}),
                {"text:0": direction(n % 30), "image:0": direction(n % 7)},
            )
            for n in range(60)
        ]
    )
    cheap = parse({"price": {"lt": 50}}, ATTRIBUTES)
    asked = (Facet("brand"), Facet("price", (Span(None, 10), Span(10, None))))
    for parts in (("mug",), (medium(picture("red")),), ("mug", medium(picture("red")))):
        found = store.search(
            *parts, filter=cheap, facets=asked, limit=3, min_score=0.99, max_per={"brand": 1}
        )
        brands, prices = found.facets
        assert brands.values == (ValueCount("a", 25), ValueCount("b", 25))
        assert prices.extent == Extent(0.0, 49.0, (10, 40))
        assert len(store.found(*parts, filter=cheap, limit=100)) == 50


def test_understanding_a_sentence_never_empties_the_answer(store) -> None:
    store.put(
        *(
            Document(f"tv{n}", title="tv", attributes={"price": 100.0 * n, "brand": "Acme"})
            for n in range(1, 6)
        )
    )
    for text, count in (("Acme tv under $300", 2), ("Acme tv under $50", 5), ("a red tv", 5)):
        found = store.search(text, medium(picture("red")), understand=True, limit=20)
        assert len(found.hits) == count
        assert not found.no_match
