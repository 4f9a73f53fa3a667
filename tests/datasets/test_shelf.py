"""The shelf keeps what it was given, in order, without a file anyone can see."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.errors import DatasetError
from datasets.shelf import Shelf

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=3)), max_size=20)


@settings(max_examples=40)
@given(PAIRS, PAIRS)
def test_every_value_comes_back_in_its_order(early: list[tuple[str, str]], late: list) -> None:
    with Shelf() as shelf:
        shelf.add(early)
        shelf.first("a")  # looked up in between
        shelf.add(late)
        for key in "abc":
            values = [value for one, value in early + late if one == key]
            assert shelf.all(key) == values
            assert shelf.first(key) == (values[0] if values else None)
        groups = list(shelf.groups())
        assert [key for key, _ in groups] == sorted({key for key, _ in early + late})
        assert list(shelf.groups(after="a")) == [group for group in groups if group[0] > "a"]
        assert shelf.count_keys() == len(groups)


def test_a_full_disk_is_said() -> None:
    with Shelf() as shelf:
        shelf._ask("PRAGMA max_page_count=4")
        with pytest.raises(DatasetError, match="SQLITE_TMPDIR"):
            shelf.add((str(number), "x" * 100) for number in range(1_000))
