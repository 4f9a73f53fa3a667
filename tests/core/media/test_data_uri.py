"""Data URIs are decoded strictly and refused with the field's name."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import InputError, TooLarge
from services.core.media.data_uri import decode

FIELD = "query.parts[0].image"


def uri(data: bytes, head: str = "data:image/png;base64,") -> str:
    return head + base64.b64encode(data).decode()


@given(st.binary(min_size=1, max_size=64))
def test_what_was_encoded_comes_out(data: bytes) -> None:
    assert decode(uri(data), limit_bytes=64, field=FIELD) == data


@pytest.mark.parametrize("size", range(1, 9))
def test_the_limit_is_exact(size: int) -> None:
    assert decode(uri(bytes(size)), limit_bytes=size, field=FIELD) == bytes(size)
    with pytest.raises(TooLarge) as caught:
        decode(uri(bytes(size + 1)), limit_bytes=size, field=FIELD)
    assert caught.value.fields[0].field == FIELD
    assert str(size) in caught.value.fields[0].problem


@pytest.mark.parametrize(
    "text",
    [
        "",
        "data:",
        "data:image/png,abc",
        "data:text/html;base64,YQ==",
        "data:image/png;base64",
        "data:image/png;charset=x;base64,YQ==",
        "data:image/png;base64,",
        "data:image/png;base64,YQ",
        "data:image/png;base64,YQ==\n",
        "data:image/png;base64,Y Q==",
        "data:image/png;base64,-_-_",
        "data:image/png;base64,é===",
        "data:image/png;base64,====",
        " data:image/png;base64,YQ==",
        "data:image/" + "a" * 99 + ";base64,YQ==",
        "https://example.com/a.png",
    ],
)
def test_anything_else_is_refused_with_the_field(text: str) -> None:
    with pytest.raises(InputError) as caught:
        decode(text, limit_bytes=1000, field=FIELD)
    assert caught.value.fields[0].field == FIELD


@given(st.text(max_size=80))
def test_no_text_makes_anything_but_bytes_or_a_refusal(text: str) -> None:
    for whole in (text, "data:image/png;base64," + text):
        try:
            data = decode(whole, limit_bytes=30, field=FIELD)
        except InputError:
            continue
        assert 0 < len(data) <= 30


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("audio", "data:audio/mpeg;base64,"),
        ("audio", "data:audio/webm;codecs=opus;base64,"),
        ("audio", "data:video/webm;base64,"),
        ("audio", "data:application/ogg;base64,"),
        ("video", "data:video/mp4;base64,"),
        ("file", "data:application/pdf;base64,"),
    ],
)
def test_each_kind_of_medium_has_its_heads(kind: str, head: str) -> None:
    assert decode(uri(b"abc", head), limit_bytes=3, field=FIELD, kind=kind) == b"abc"


@pytest.mark.parametrize("kind", ["audio", "video", "file"])
def test_a_head_of_another_kind_is_refused(kind: str) -> None:
    for head in ("data:image/png;base64,", "data:audio/x;charset=utf-8;base64,"):
        with pytest.raises(InputError, match="must be data:"):
            decode(uri(b"abc", head), limit_bytes=3, field=FIELD, kind=kind)
