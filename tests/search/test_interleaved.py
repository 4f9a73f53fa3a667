"""Pages drawn from two searches: however long the pages of those are, the list is the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.settings import Search
from services.core.types.documents import Document, StoredDocument
from services.search import interleaved
from services.search.hits import FirstStage, Hit, Moved, SearchResponse
from services.search.interleave import team_draft
from services.search.parts import Part
from services.search.request import GroupBy, SearchRequest
from services.search.sort import Sort

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ASKED = SearchRequest("shop", (Part(text="a mug"),), offset=7, limit=4)
RANKINGS = st.lists(st.sampled_from("abcdefghijkl"), unique=True)


def hit(name: str, rank: int) -> Hit:
    stored = StoredDocument("shop", Document(name), 1, (), True, NOW, NOW)
    first = FirstStage(rank, 0.5)
    return Hit(name, rank, 0.5, stored, None, first, None, rerank=Moved(rank, None, {}))


class Catalog:
    """Answers with a page of a fixed ranking, and notes how long pages were asked for."""

    def __init__(self, ranking: str | list[str], *, embed_ms: float = 1.5) -> None:
        self.ranking = ranking
        self.embed_ms = embed_ms
        self.asked: list[int] = []

    def __call__(self, request: SearchRequest) -> SearchResponse:
        assert request.cursor is None
        self.asked.append(request.limit)
        end = request.offset + request.limit
        page = self.ranking[request.offset : end]
        return SearchResponse(
            query_id="q",
            hits=tuple(hit(name, rank) for rank, name in enumerate(page, request.offset + 1)),
            timings_ms={"embed": self.embed_ms, "total": 2.0},
            next_cursor="more" if len(self.ranking) > end else None,
            no_match=not self.ranking,
            degraded=False,
        )


def names(drawn: interleaved.Drawn) -> list[str]:
    return [each.id for each in drawn.found.hits]


@given(RANKINGS, RANKINGS, st.integers(1, 5), st.integers(1, 5))
def test_pages_follow_each_other_to_the_end(
    first: list[str], second: list[str], limit: int, longest: int
) -> None:
    limits = Search(max_limit=longest)
    whole = [each.key for each in team_draft(first, second, seed=b"s", limit=100)]
    paged: list[str] = []
    more, start = True, 0
    while more:
        rankings = [
            interleaved.first(ASKED, start + limit, answer=Catalog(each), limits=limits)
            for each in (first, second)
        ]
        drawn = interleaved.page((rankings[0], rankings[1]), start=start, limit=limit, seed=b"s")
        assert len(drawn.teams) == len(drawn.found.hits)
        assert [each.rank for each in drawn.found.hits] == [
            *range(start + 1, start + 1 + len(drawn.found.hits))
        ]
        paged += names(drawn)
        more, start = drawn.more, start + limit
    assert paged == whole


def test_a_search_is_asked_from_its_beginning_for_no_more_than_it_may() -> None:
    catalog = Catalog("abcdefghij")
    found = interleaved.first(ASKED, 8, answer=catalog, limits=Search(max_limit=3))
    assert catalog.asked == [3, 3, 2]
    assert [each.id for each in found.hits] == [*"abcdefgh"]
    assert found.more


def test_a_page_of_one_ranking_alone_counts_for_nobody() -> None:
    limits = Search()
    found = interleaved.first(ASKED, 4, answer=Catalog("abcdef"), limits=limits)
    drawn = interleaved.alone(found, start=2, limit=2)
    assert (names(drawn), drawn.teams, drawn.more) == (["c", "d"], (), True)
    whole = interleaved.first(ASKED, 6, answer=Catalog("abcdef"), limits=limits)
    assert not interleaved.alone(whole, start=2, limit=4).more


def test_what_is_told_is_of_both_searches() -> None:
    catalogs = (Catalog("", embed_ms=5.0), Catalog("ab"))
    first, second = (
        interleaved.first(ASKED, 2, answer=each, limits=Search(max_limit=1)) for each in catalogs
    )
    drawn = interleaved.page((first, second), start=0, limit=2, seed=b"")
    assert drawn.found.timings_ms == {"embed": 5.0, "total": 4.0}  # one page of one, two of two
    assert not drawn.found.no_match
    assert drawn.teams == (None, None)
    moved = [each.rerank.rank for each in drawn.found.hits if each.rerank is not None]
    assert moved == [1, 2]


@pytest.mark.parametrize(
    ("request_", "mixable"),
    [
        (ASKED, True),
        (replace(ASKED, sort=Sort("price")), False),
        (replace(ASKED, group_by=GroupBy.VIEW), False),
        (replace(ASKED, max_per={"brand": 2}), False),
    ],
)
def test_only_hits_in_an_order_of_relevance_are_mixed(
    request_: SearchRequest, mixable: bool
) -> None:
    assert interleaved.can_be(request_) is mixable
