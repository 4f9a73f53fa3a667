"""Shops on the exact index in memory and on Milvus."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.core.index.milvus import MilvusIndex
from tests.contract.memory_index import MemoryIndex
from tests.search.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An empty shop whose vector index is exact."""
    made = Shop(tmp_path, MemoryIndex())
    yield made
    made.ports.database.close()


@pytest.fixture(scope="package")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusIndex]:
    index = MilvusIndex(str(tmp_path_factory.mktemp("milvus") / "vectors.db"))
    yield index
    index.close()


@pytest.fixture
def milvus_shop(tmp_path: Path, milvus: MilvusIndex) -> Iterator[Shop]:
    """An empty shop on the real vector index."""
    made = Shop(tmp_path, milvus)
    yield made
    made.ports.database.close()
