"""The sample catalog is a data set like the others."""

from collections import Counter
from pathlib import Path

import pytest

from datasets.errors import DatasetError
from datasets.export import export
from datasets.registry import open_dataset
from datasets.sample_catalog import generate


def test_it_is_read_and_exported(tmp_path: Path) -> None:
    generate(tmp_path / "sample", count=3)
    data = open_dataset("sample", tmp_path / "sample")
    assert data.about.name == "sample"
    kinds = Counter(one.type for one in data.queries())
    assert kinds.keys() == {"text", "image", "composed"}
    counts = export(data, tmp_path / "out")
    assert (counts.products, counts.queries) == (3, kinds.total())
    assert counts.missing_media == counts.queries_left_out == 0


def test_a_folder_of_something_else_is_not_drawn_into(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    with pytest.raises(DatasetError, match="cannot be drawn"):
        open_dataset("sample", tmp_path)
