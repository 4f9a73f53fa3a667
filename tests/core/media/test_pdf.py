"""A PDF comes out as pictures and words of its pages, and as a copy that has nothing else."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from services.core.errors import MediaRefused
from services.core.media.pdf import MAX_PAGE_CHARACTERS, NormalisedPdf, normalise
from services.core.settings import MediaLimits
from tests.core.media.pdfs import encrypted, pdf

LIMITS = MediaLimits()


def reason(data: bytes, limits: MediaLimits = LIMITS) -> str:
    with pytest.raises(MediaRefused) as caught:
        normalise(data, limits)
    return caught.value.reason


def test_pages_are_drawn_within_the_limit_and_read() -> None:
    made = normalise(pdf("First page", "", "Third"), LIMITS)
    assert made.words == ("First page", "", "Third")
    sizes = [Image.open(io.BytesIO(page)).size for page in made.pages]
    assert sizes == [(1024, 683)] * 3
    with (
        Image.open(io.BytesIO(made.pages[0])) as first,
        Image.open(io.BytesIO(made.pages[1])) as second,
    ):
        assert first.convert("L").getextrema()[0] < 60  # ink
        assert second.convert("L").getextrema()[0] > 250  # paper
    assert max(Image.open(io.BytesIO(made.thumbnail)).size) == LIMITS.thumbnail_pixels


def test_the_same_input_gives_the_same_bytes() -> None:
    data = pdf("Words")
    assert normalise(data, LIMITS) == normalise(data, LIMITS)


def test_the_copy_can_be_read_again_and_says_nothing_of_its_author() -> None:
    data = pdf("Words", title="Author")
    assert b"Author" in data
    made = normalise(data, LIMITS)
    assert b"Author" not in made.full
    assert normalise(made.full, LIMITS).words == ("Words",)


def test_a_page_of_any_shape_is_bounded() -> None:
    for size in ((14_000.0, 20.0), (3.0, 3.0)):
        made = normalise(pdf("", size=size), LIMITS)
        assert max(Image.open(io.BytesIO(made.pages[0])).size) == 1024


def test_very_long_pages_are_read_to_the_limit() -> None:
    made = normalise(pdf("word " * 10_000), LIMITS)
    assert MAX_PAGE_CHARACTERS - 5 <= len(made.words[0]) <= MAX_PAGE_CHARACTERS


def test_limits_are_kept_and_named() -> None:
    data = pdf("One", "Two", "Three")
    with pytest.raises(MediaRefused, match="3 pages; the limit is 2") as caught:
        normalise(data, MediaLimits(max_pdf_pages=2))
    assert caught.value.reason == "too_many_pages"
    assert reason(data, MediaLimits(max_pdf_bytes=1024)) == "too_many_bytes"
    assert reason(b"") == "empty_file"


def test_what_cannot_be_read_is_refused_by_reason() -> None:
    assert reason(encrypted()) == "encrypted"
    assert reason(b"\x89PNG\r\n\x1a\n") == "unsupported_type"
    assert reason(b"%PDF-1.7\n") == "corrupt_pdf"
    data = pdf("One")
    assert reason(data[: len(data) // 2]) == "corrupt_pdf"


GOOD = pdf("Some words", "More of them")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 2**32))
def test_no_damage_gets_beyond_a_refusal(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(GOOD)
    for _ in range(chance.randint(1, 30)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    try:
        made = normalise(bytes(data), LIMITS)
    except MediaRefused:
        return
    assert isinstance(made, NormalisedPdf)
    assert len(made.pages) == len(made.words)
