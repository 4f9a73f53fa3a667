"""What is kept of words: short, and nothing that looks like a person's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.insight.events.words import LONGEST, kept_words


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (["  A   red\nmug "], "A red mug"),
        (["order jo.doe+x@example.co.uk now"], "order … now"),
        (["call +44 20 7946 0958"], "call …"),
        (["4111 1111 1111 1111"], "…"),
        (["iPhone 15 Pro 256 GB under 1500"], "iPhone 15 Pro 256 GB under 1500"),
        (["MUG-350-NS"], "MUG-350-NS"),
        (["red", "mug"], "red mug"),
        ([" "], None),
        ([], None),
    ],
)
def test_words_are_kept_without_addresses_and_long_numbers(
    typed: list[str], kept: str | None
) -> None:
    assert kept_words(typed) == kept


@given(st.lists(st.text()))
def test_what_is_kept_is_one_short_line(typed: list[str]) -> None:
    kept = kept_words(typed)
    assert kept is None or (0 < len(kept) <= LONGEST and kept == kept.strip())
    assert kept is None or "\n" not in kept


@given(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.[a-z]{2,3}", fullmatch=True), st.text())
def test_no_mail_address_is_kept(address: str, around: str) -> None:
    kept = kept_words([around, address, around])
    assert kept is None or address not in kept
