"""The storage estimate: its formula by hand, and that it grows with what it should grow with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.storage_estimate import gib_per_million, storage_bytes


def test_a_view_takes_its_numbers_its_links_and_a_little() -> None:
    # 4 * 768 numbers; 4 * 32 links below, 4 * 16/15 above (4.27); 12 of the graph's own.
    assert storage_bytes(768, 16) == 3217
    assert storage_bytes(128, 16) == 657


def test_a_million_views_are_told_in_gib() -> None:
    assert gib_per_million(768) == 3.0
    assert gib_per_million(256) == 1.09


@given(st.integers(1, 4096), st.integers(2, 64))
def test_more_numbers_or_more_links_take_more(dimensions, m) -> None:
    assert storage_bytes(dimensions + 1, m) == storage_bytes(dimensions, m) + 4
    assert storage_bytes(dimensions, m + 1) > storage_bytes(dimensions, m)


@pytest.mark.parametrize(("dimensions", "m"), [(0, 16), (8, 1)])
def test_what_cannot_be_is_a_mistake_of_the_programmer(dimensions, m) -> None:
    with pytest.raises(ValueError, match="dimensions"):
        storage_bytes(dimensions, m)
