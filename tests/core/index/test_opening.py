"""Whoever comes first after a restart, all callers meet one and the same collection."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from services.core.index.milvus import MilvusIndex
from services.core.types.indexes import Collection, IndexSettings
from services.core.types.search import DocumentRow, ViewRow
from services.core.types.vectors import Modality

SHOP = Collection("shop", 1, IndexSettings(dimensions=4))
VECTOR = np.eye(4, dtype=np.float32)[0]
CALLERS = 12
REOPENINGS = 8


def test_a_crowd_at_the_first_use_finds_everything(tmp_path: Path) -> None:
    path = str(tmp_path / "vectors.db")
    index = MilvusIndex(path)
    index.create(SHOP)
    row = ViewRow("d:text:0", "d", Modality.TEXT, VECTOR, {}, None)
    index.upsert(SHOP, [row], [DocumentRow("d", "mug", "", {}, None)])
    index.close()
    for _ in range(REOPENINGS):
        index = MilvusIndex(path)
        start = threading.Barrier(CALLERS)

        def ask(
            caller: int, *, index: MilvusIndex = index, start: threading.Barrier = start
        ) -> int:
            start.wait()
            if caller % 2:
                return len(index.generations("shop")) and index.stats(SHOP).documents
            return len(index.search(SHOP, VECTOR, modalities=[Modality.TEXT], limit=1))

        with ThreadPoolExecutor(CALLERS) as pool:
            assert list(pool.map(ask, range(CALLERS))) == [1] * CALLERS
        index.close()
