"""Cursors: they carry the offset of one request and nothing else opens them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import InputError
from services.core.media.kinds import Kind
from services.core.types.facets import Facet
from services.core.types.filters import Comparison, Operator
from services.search import cursor
from services.search.parts import Part
from services.search.request import Fusion, GroupBy, SearchRequest, Target
from tests.search.shop import medium

SECRET = b"s" * 32
REQUEST = SearchRequest("shop", (Part(text="a mug"), medium(b"picture")), min_score=0.1)


@given(st.integers(0, 10_000))
def test_a_cursor_gives_its_offset_back(offset) -> None:
    assert read(cursor.encode(offset, REQUEST, secret=SECRET)) == offset


@given(st.integers(0, 30), st.characters(codec="ascii"))
def test_a_changed_cursor_is_refused(place, character) -> None:
    token = cursor.encode(20, REQUEST, secret=SECRET)
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    if changed != token:
        with pytest.raises(InputError, match="cursor"):
            read(changed)


def test_a_cursor_in_the_other_alphabet_of_base64_is_refused() -> None:
    tokens = (cursor.encode(offset, REQUEST, secret=SECRET) for offset in range(1000))
    token = next(token for token in tokens if "-" in token)
    with pytest.raises(InputError, match="cursor"):
        read(token.replace("-", "+"))


@given(st.text(max_size=40))
def test_any_other_text_is_refused(token) -> None:
    with pytest.raises(InputError, match="cursor"):
        read(token)


@pytest.mark.parametrize(
    "change",
    [
        {"index": "other"},
        {"parts": (Part(text="a cup"), medium(b"picture"))},
        {"parts": (Part(text="a mug"), medium(b"another"))},
        {"parts": (Part(text="a mug"), medium(b"picture", kind=Kind.VIDEO))},
        {"parts": (Part(text="a mug"), medium(url="https://x/picture"))},
        {"parts": (Part(text="a mug", weight=0.5), medium(b"picture"))},
        {"parts": (Part(text="a mug"),)},
        {"target": Target.IMAGE},
        {"filter": Comparison("price", Operator.LT, 5.0)},
        {"min_score": 0.2},
        {"group_by": GroupBy.VIEW},
        {"hybrid": 0.5},
        {"rrf_k": 10},
        {"understand": True},
        {"max_per": {"brand": 2}},
        {"fusion": Fusion.MEAN},
    ],
    ids=str,
)
def test_a_cursor_of_another_request_is_refused(change) -> None:
    token = cursor.encode(20, REQUEST, secret=SECRET)
    with pytest.raises(InputError, match="cursor"):
        read(token, request=replace(REQUEST, **change))


def test_another_limit_explain_or_facets_may_go_on_with_it() -> None:
    token = cursor.encode(20, REQUEST, secret=SECRET)
    assert read(token, request=replace(REQUEST, limit=50, explain=True, cursor=token)) == 20
    assert read(token, request=replace(REQUEST, facets=(Facet("brand"),))) == 20


def test_an_offset_beyond_the_last_is_refused() -> None:
    with pytest.raises(InputError, match="beyond"):
        read(cursor.encode(10_001, REQUEST, secret=SECRET))


def test_another_installation_does_not_take_it() -> None:
    with pytest.raises(InputError, match="cursor"):
        read(cursor.encode(20, REQUEST, secret=b"t" * 32))


def read(token: str, *, request: SearchRequest = REQUEST) -> int:
    return cursor.decode(token, request, secret=SECRET, max_offset=10_000)
