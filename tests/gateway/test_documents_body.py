"""NDJSON is read as it arrives: however the bytes are cut, the outcome is the same."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import InputError, MargayError, TooLarge
from services.gateway.documents_body import LineReader, array_of
from services.gateway.errors import NotJson

NUMBERS = st.integers(-(2**63), 2**63 - 1)
DOCUMENTS = st.lists(
    st.dictionaries(st.sampled_from("abc"), NUMBERS | st.text("xyé\n", max_size=9)),
    max_size=6,
)


def read(raw: bytes, cuts: list[int], limit: int = 100) -> list[object]:
    reader = LineReader(limit)
    places = sorted({min(cut, len(raw)) for cut in cuts} | {0, len(raw)})
    for start, end in pairwise(places):
        reader.feed(raw[start:end])
    return reader.finish()


@given(DOCUMENTS.filter(bool), st.lists(st.integers(0, 300), max_size=8), st.booleans())
def test_any_cut_of_the_bytes_gives_the_same_documents(
    documents: list[dict[str, object]], cuts: list[int], ended: bool
) -> None:
    raw = b"\n".join(json.dumps(each).encode() for each in documents) + (b"\r\n" if ended else b"")
    assert read(raw, cuts) == documents


@given(st.lists(st.integers(0, 60), max_size=8))
def test_the_first_wrong_line_is_named_whatever_follows(cuts: list[int]) -> None:
    with pytest.raises(NotJson) as refused:
        read(b'{"id": "a"}\n\n{oops\n{worse\n{"id": "b"}\n', cuts)
    assert refused.value.fields[0].field == "line 3"


def test_a_line_or_a_list_over_its_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        read(b"{}\n{}\n{}", [], limit=2)
    for raw in (b'{"a": "0123456789"}\n', b"[" * 50):
        reader = LineReader(100, max_line_bytes=10)
        reader.feed(raw)
        with pytest.raises(TooLarge, match="line 1"):
            reader.finish()


@pytest.mark.parametrize("value", [None, {}, [], {"documents": []}, {"documents": {}}, "x", 5])
def test_what_is_no_list_of_documents_is_refused(value: object) -> None:
    with pytest.raises(InputError):
        array_of(value, 10)
    with pytest.raises(MargayError):
        array_of([{}] * 11, 10)
