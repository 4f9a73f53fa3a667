"""The index on Milvus Lite keeps the contract of the port, and so does the oracle."""

from __future__ import annotations

import pytest

from services.core.index.milvus import MilvusIndex
from tests.contract.memory_index import MemoryIndex
from tests.contract.vector_index import VectorIndexContract


class TestMilvusIndex(VectorIndexContract):
    @pytest.fixture
    def vectors(self, milvus: MilvusIndex) -> MilvusIndex:
        return milvus


class TestMemoryIndex(VectorIndexContract):
    @pytest.fixture
    def vectors(self) -> MemoryIndex:
        return MemoryIndex()
