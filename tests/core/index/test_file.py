"""The embedded file: one process owns it, a killed writer loses nothing, closing frees it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from services.core.errors import IndexDown
from services.core.index.milvus import MilvusIndex
from services.core.types.indexes import Collection, IndexSettings
from services.core.types.vectors import Modality

SHOP = Collection("shop", 1, IndexSettings(dimensions=4))
WRITER = """
import sys
import numpy as np
from services.core.index.milvus import MilvusIndex
from services.core.types.indexes import Collection, IndexSettings
from services.core.types.search import DocumentRow, ViewRow
from services.core.types.vectors import Modality

index = MilvusIndex(sys.argv[1])
shop = Collection("shop", 1, IndexSettings(dimensions=4))
index.create(shop)
vectors = np.eye(4, dtype=np.float32)
for number in range(12):
    key = f"d{number}"
    view = ViewRow(f"{key}:text:0", key, Modality.TEXT, vectors[number % 4], {}, None)
    index.upsert(shop, [view], [DocumentRow(key, "mug", "", {}, None)])
print("written", flush=True)
sys.stdin.read()
"""


@contextmanager
def writer(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has written twelve documents and keeps the file open."""
    command = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "written\n"
            yield process
        finally:
            process.kill()


def test_a_killed_writer_loses_nothing_and_closing_frees_the_file(tmp_path: Path) -> None:
    path = tmp_path / "vectors.db"
    with writer(path), pytest.raises(IndexDown, match="open"):
        MilvusIndex(str(path))
    index = MilvusIndex(str(path))
    try:
        assert sorted(index.view_ids(SHOP)) == sorted(f"d{n}:text:0" for n in range(12))
        first = np.eye(4, dtype=np.float32)[0]
        hits = index.search(SHOP, first, modalities=(Modality.TEXT,), limit=3)
        assert [hit.document_id for hit in hits] == ["d0", "d4", "d8"]
        assert len(index.search_text(SHOP, "mug", limit=20)) == 12
    finally:
        index.close()
    with writer(path):
        pass


def test_a_closed_index_says_that_it_is_down(tmp_path: Path) -> None:
    index = MilvusIndex(str(tmp_path / "vectors.db"))
    index.create(SHOP)
    index.check()
    index.close()
    index.close()
    with pytest.raises(IndexDown):
        index.check()
    with pytest.raises(IndexDown):
        index.stats(SHOP)


@pytest.mark.parametrize("left", [[], ["schema.json.tmp"], ["manifest.json"]])
def test_a_collection_that_was_half_made_or_half_dropped_can_be_made(
    tmp_path: Path, left: list[str]
) -> None:
    path = tmp_path / "vectors.db"
    remains = path / "collections" / "views_shop_G1"
    with closing(MilvusIndex(str(path))) as index:
        remains.mkdir(parents=True)
        for name in left:
            (remains / name).touch()
        assert index.generations("shop") == ()
        index.create(SHOP)
        assert index.stats(SHOP).documents == 0
