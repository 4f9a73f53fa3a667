"""What a watcher is told of a search: its first page, its vector, its best score, whether empty."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.errors import IndexDown
from services.core.types.facets import Facet
from services.core.types.populations import Searched
from services.search import observed, pipeline
from services.search.hits import SearchResponse
from services.search.parts import Part
from services.search.request import SearchRequest
from tests.search.shop import Down, Shop


class Notebook:
    def __init__(self) -> None:
        self.seen: list[Searched] = []

    def searched(self, seen: Searched) -> None:
        self.seen.append(seen)


def search(shop: Shop, notes: Notebook, *parts: Part, **how: object) -> SearchResponse:
    request = SearchRequest(index=shop.name, parts=parts, **how)  # type: ignore[arg-type]
    return pipeline.search(request, ports=shop.ports, watcher=notes)


def test_a_search_is_told_with_its_vector_and_its_best_score(mugs: Shop) -> None:
    notes = Notebook()
    found = search(mugs, notes, Part(text="red mug"))
    (seen,) = notes.seen
    with mugs.ports.database.read() as work:
        index = work.indexes.get(mugs.name)
    assert (seen.index, seen.kind, seen.empty) == (mugs.name, "text", False)
    assert seen.space == f"{index.fingerprint}/{index.settings.dimensions}"
    assert seen.top_score == found.hits[0].score
    assert np.linalg.norm(seen.vector) == pytest.approx(1.0)


def test_a_search_without_a_hit_is_empty(mugs: Shop) -> None:
    notes = Notebook()
    search(mugs, notes, Part(text="velvet chair"), min_score=0.99)
    assert [(each.empty, each.top_score) for each in notes.seen] == [(True, None)]


def test_a_further_page_is_not_told_again(mugs: Shop) -> None:
    notes = Notebook()
    first = search(mugs, notes, Part(text="mug"), limit=1)
    search(mugs, notes, Part(text="mug"), limit=1, cursor=first.next_cursor)
    search(mugs, notes, Part(text="mug"), limit=1, offset=2)
    assert len(notes.seen) == 1


def test_a_degraded_search_is_not_told(mugs: Shop) -> None:
    notes = Notebook()
    mugs.embed_with(Down())
    assert search(mugs, notes, Part(text="mug")).degraded
    assert notes.seen == []


def test_a_search_that_fails_at_its_end_is_not_told(
    mugs: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who falls back to another one would tell of both."""
    notes = Notebook()
    database = mugs.ports.database
    reads = list[object]()
    whole = database.read
    monkeypatch.setattr(database, "read", lambda: (reads.append(0), whole())[1])
    search(mugs, notes, Part(text="mug"))
    needed = len(reads)
    assert len(notes.seen) == 1

    def read() -> object:
        reads.append(0)
        if len(reads) > needed:
            raise IndexDown("gone away")
        return whole()

    reads.clear()
    monkeypatch.setattr(database, "read", read)
    with pytest.raises(IndexDown):
        search(mugs, notes, Part(text="mug"), facets=(Facet("brand"),))
    assert len(notes.seen) == 1


def test_the_kind_is_what_is_searched_for() -> None:
    def kind(*parts: Part) -> str:
        return observed.kind(SearchRequest(index="shop", parts=parts))

    assert kind(Part(text="a"), Part(text="b")) == "text"
    assert kind(Part(document_id="a")) == "document"
    assert kind(Part(text="a"), Part(document_id="b")) == "composed"
    assert kind(Part(text="a"), Part(document_id="b", weight=-1.0)) == "text"
