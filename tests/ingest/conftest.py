"""One vector store for all tests of the flow, and a world of its own for each."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.core.index.milvus import MilvusIndex
from tests.ingest.world import World


@pytest.fixture(scope="package")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusIndex]:
    index = MilvusIndex(str(tmp_path_factory.mktemp("vectors") / "vectors.db"))
    yield index
    index.close()


@pytest.fixture
def world(tmp_path: Path, vectors: MilvusIndex) -> Iterator[World]:
    """A world with an empty index; its name is new because the vector store is shared."""
    made = World(tmp_path, vectors, name=f"catalog_{secrets.token_hex(4)}")
    made.make_index()
    yield made
    made.ports.database.close()
