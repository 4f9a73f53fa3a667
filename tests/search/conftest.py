"""Shops on the exact index in memory and on Milvus."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.core.index.milvus import MilvusIndex
from services.core.types.documents import Document
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


@pytest.fixture
def mugs(shop: Shop) -> Shop:
    """Four products with a view of their words each."""
    shop.put(
        Document("red-mug", title="red mug", sku="MU-1", attributes={"price": 5.0}),
        Document("blue-mug", title="blue mug", sku="MU-2", attributes={"price": 7.0}),
        Document("red-hat", title="red hat", sku="HA-1", attributes={"price": 9.0}),
        Document("sofa", title="green sofa"),
    )
    return shop
