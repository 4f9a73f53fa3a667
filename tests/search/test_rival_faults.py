"""Faults read in a comparable shopping assistant's retriever: none of them may be ours."""

import pytest

from services.core.filters import parse
from services.core.types.documents import Document
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
