"""Searches whose text is understood: narrowed by it, reported, and never emptied."""

import pytest

from services.core.filters import parse
from services.core.types.documents import Document
from services.core.types.facets import Facet, ValueCount
from services.search.hits import SearchResponse
from services.search.parts import Part
from services.search.understanding.vocabularies import Vocabularies
from tests.search.shop import ATTRIBUTES, Shop, direction, medium, picture


@pytest.fixture
def shelf(shop: Shop) -> Shop:
    """Mugs of two brands at prices of 0, 10, 20 ..."""
    shop.put(
        *(
            Document(
                f"mug{n}",
                title=f"mug number {n}",
                attributes={"price": 10.0 * n, "brand": "Acme" if n % 2 else "Boz"},
            )
            for n in range(8)
        )
    )
    return shop


def test_hits_are_those_that_the_sentence_asks_for(shelf) -> None:
    found = shelf.search("Acme mug under $40", understand=True)
    assert sorted(hit.id for hit in found.hits) == ["mug1", "mug3"]
    assert found.understood.applied
    assert found.understood.reading.text == "Acme mug"


def test_scores_are_of_the_shorter_text(shelf) -> None:
    shorter = {hit.id: hit.score for hit in shelf.search("Acme mug").hits}
    for hit in shelf.search("Acme mug under $40", understand=True).hits:
        assert hit.score == pytest.approx(shorter[hit.id])


def test_the_callers_filter_holds_too(shelf) -> None:
    own = parse({"price": {"gte": 30}}, ATTRIBUTES)
    assert shelf.found("Acme mug under $40", understand=True, filter=own) == ["mug3"]


@pytest.mark.parametrize("how", [{}, {"hybrid": 0.5}, {"min_score": -1.0}], ids=str)
def test_a_reading_that_leaves_nothing_is_set_aside(shelf, how) -> None:
    text = "Acme mug over $500"
    assert_set_aside(shelf, shelf.search(text, understand=True, **how), text, **how)


def test_so_is_one_whose_hits_all_score_too_little(shop) -> None:
    near = shop.vector("Acme mug under $5")
    shop.write(
        [
            (Document("far", attributes={"brand": "Acme", "price": 1.0}), {"text:0": -near}),
            (Document("near", attributes={"brand": "Boz", "price": 9.0}), {"text:0": near}),
        ]
    )
    found = shop.search("Acme mug under $5", understand=True, min_score=0.9)
    assert_set_aside(shop, found, "Acme mug under $5", min_score=0.9)


def test_facets_count_what_the_reading_leaves(shelf) -> None:
    found = shelf.search("mug under $40", understand=True, facets=(Facet("brand"),))
    assert found.facets[0].values == (ValueCount("Acme", 2), ValueCount("Boz", 2))
    aside = shelf.search("mug over $900", understand=True, facets=(Facet("brand"),))
    assert aside.facets[0].values == (ValueCount("Acme", 4), ValueCount("Boz", 4))


def test_pages_go_on_with_the_same_reading(shelf) -> None:
    whole = shelf.found("mug under $60", understand=True)
    pages, cursor = [], None
    while True:
        page = shelf.search("mug under $60", understand=True, limit=2, cursor=cursor)
        pages += [hit.id for hit in page.hits]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert pages == whole
    assert len(whole) == 6


def test_only_the_text_searched_for_is_read(shelf) -> None:
    parts = (medium(picture("red")), Part(text="Boz", weight=-1), Part(text="mug under $20"))
    found = shelf.search(*parts, understand=True)
    assert [each.words for each in found.understood.reading.matched] == ["under $20"]
    assert sorted(hit.id for hit in found.hits) == ["mug0", "mug1"]


def test_nothing_recognised_is_said_too(shelf) -> None:
    found = shelf.search("something nice", understand=True)
    assert (found.understood.applied, found.understood.reading.filter) == (False, None)
    assert len(found.hits) == 8
    assert shelf.search("something nice").understood is None


def test_a_vocabulary_is_kept_for_a_while(shelf) -> None:
    def known(vocabularies: Vocabularies) -> set[tuple[str, ...]]:
        return set(vocabularies.of(shelf.index, ports=shelf.ports, now=shelf.now).phrases)

    kept, fresh = Vocabularies(), Vocabularies(kept_s=0)
    assert known(kept) == known(fresh) == {("acme",), ("boz",)}
    shelf.write([(Document("new", attributes={"brand": "Cup Co"}), {"text:0": direction(1)})])
    assert known(kept) == {("acme",), ("boz",)}
    assert known(fresh) == {("acme",), ("boz",), ("cup", "co")}


def assert_set_aside(shop: Shop, found: SearchResponse, text: str, **how) -> None:
    """It read something, and found what the search finds without it."""
    assert found.understood.reading.filter is not None
    assert not found.understood.applied
    plain = shop.search(text, **how)
    assert [(hit.id, hit.score) for hit in found.hits] == [(h.id, h.score) for h in plain.hits]
    assert found.hits
