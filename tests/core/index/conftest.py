"""One Milvus Lite file for all tests of the session: opening is slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.core.index.milvus import MilvusIndex
from tests.servers.fixtures import milvus_url  # noqa: F401 - found by name


@pytest.fixture(scope="session")
def lite_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("milvus") / "vectors.db")


@pytest.fixture(scope="session")
def milvus(lite_file: str) -> Iterator[MilvusIndex]:
    index = MilvusIndex(lite_file)
    yield index
    index.close()
