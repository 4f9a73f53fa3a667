"""Descriptions lose their markup and keep their words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.plain_text import plain


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("two\n  lines", "two lines"),
        ("<p>Sits &amp; rocks</p><ul><li>oak<li>ash</ul>", "Sits & rocks oak ash"),
        ("3 < 4 & 5", "3 < 4 & 5"),
        ("a<br/>b<script>x()</script>c", "a b c"),
        ("<style>p {}</style>", ""),
    ],
)
def test_a_reader_would_see(raw: str, text: str) -> None:
    assert plain(raw) == text


@given(st.text())
def test_anything_can_be_read(raw: str) -> None:
    assert plain(raw) == " ".join(plain(raw).split())
