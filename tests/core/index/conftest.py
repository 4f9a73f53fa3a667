"""One Milvus Lite file for all tests of the session: opening is slow."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.core.index.milvus import MilvusIndex


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusIndex]:
    index = MilvusIndex(str(tmp_path_factory.mktemp("milvus") / "vectors.db"))
    yield index
    index.close()
