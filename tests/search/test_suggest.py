"""An empty answer says what would have been found with less asked for; no other answer does."""

import pytest

from services.core import filters
from services.core.types.documents import Document
from services.search.request import Target
from services.search.suggestions import Condition
from tests.search.shop import ATTRIBUTES, Down, Shop


def filter_of(**wanted):
    return filters.parse(wanted, ATTRIBUTES)


@pytest.fixture
def stocked(shop: Shop) -> Shop:
    for n in range(6):
        attributes = {"brand": "ab"[n % 2], "price": float(n), "tags": ["new"]}
        shop.put(Document(f"m{n}", title=f"striped mug {n}", attributes=attributes))
    return shop


def test_each_condition_tells_what_is_there_without_it(stocked: Shop) -> None:
    wanted = filter_of(brand="a", price={"gte": 10, "lt": 20}, tags={"any": ["new"]})
    found = stocked.search("mug", filter=wanted, suggest=True)
    assert found.no_match
    assert found.suggestions is not None
    assert found.suggestions.conditions == (Condition({"price": {"gte": 10.0, "lt": 20.0}}, 3),)
    assert found.suggestions.best_score is None
    assert "suggest" in found.timings_ms


def test_conditions_are_told_as_they_could_be_written(stocked: Shop) -> None:
    odd = filter_of(
        **{
            "any": [{"brand": "c"}, {"not": {"price": {"gte": 0}}}],
            "stock": {"exists": False},
        }
    )
    found = stocked.search("mug", filter=odd, suggest=True).suggestions
    assert found is not None
    (condition,) = found.conditions
    assert condition.documents == 6
    assert condition.without == {
        "any": [{"brand": {"eq": "c"}}, {"not": {"price": {"gte": 0.0}}}],
    }
    assert filters.parse(condition.without, ATTRIBUTES)


def test_a_score_that_is_too_high_is_answered_with_the_best(stocked: Shop) -> None:
    best = stocked.search("mug").hits[0].score
    found = stocked.search("mug", min_score=0.999, suggest=True).suggestions
    assert found is not None
    assert found.best_score == pytest.approx(best)
    assert found.conditions == ()


def test_the_nearest_and_words_of_their_titles_are_named(stocked: Shop) -> None:
    found = stocked.search("mug", filter=filter_of(brand="c"), suggest=True).suggestions
    assert found is not None
    assert len(found.near) == 5
    assert all("mug" in each.title for each in found.near)
    assert found.words == ("striped",)
    assert not found.elsewhere


def test_other_views_than_those_asked_for_are_pointed_to(stocked: Shop) -> None:
    found = stocked.search("mug", target=Target.VIDEO, suggest=True).suggestions
    assert found is not None
    assert found.elsewhere
    assert len(found.near) == 5


def test_nothing_is_suggested_where_something_was_found_or_nobody_asked(stocked: Shop) -> None:
    assert stocked.search("mug", suggest=True).suggestions is None
    assert stocked.search("mug", offset=50, suggest=True).suggestions is None
    assert stocked.search("mug", filter=filter_of(brand="c")).suggestions is None


def test_an_empty_index_has_nothing_to_suggest(shop: Shop) -> None:
    found = shop.search("mug", suggest=True).suggestions
    assert found is not None
    assert (found.conditions, found.near, found.words) == ((), (), ())


def test_words_alone_suggest_too(stocked: Shop) -> None:
    stocked.embed_with(Down())
    found = stocked.search("mug", filter=filter_of(brand="c"), suggest=True)
    assert found.degraded
    assert found.suggestions is not None
    assert [each.score for each in found.suggestions.near] == [None] * 5
    assert [each.documents for each in found.suggestions.conditions] == [6]
