"""The whole ingest flow with its catalog in PostgreSQL, as on SQLite, deaths at every step too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.core.index.milvus import MilvusIndex
from tests.ingest.conftest import vectors
from tests.ingest.world import World
from tests.integration.borrowed import borrow
from tests.integration.test_flows_on_postgres import close, opened, world
from tests.servers import postgres
from tests.servers.fixtures import migrated_postgres_url, postgres_server_url, postgres_template

__all__ = ["migrated_postgres_url", "postgres_server_url", "postgres_template", "vectors", "world"]

pytestmark = [pytest.mark.stack, pytest.mark.thorough]

borrow(
    globals(),
    "tests.ingest.test_any_order",
    "tests.ingest.test_change",
    "tests.ingest.test_crash",
    "tests.ingest.test_import",
    "tests.ingest.test_rebuild",
    "tests.ingest.test_stopping",
    "tests.ingest.test_sweep",
)


@pytest.fixture(scope="module")
def shared(
    tmp_path_factory: pytest.TempPathFactory,
    vectors: MilvusIndex,
    postgres_server_url: str,
    postgres_template: str,
) -> Iterator[World]:
    with postgres.fresh(postgres_server_url, template=postgres_template) as url:
        made = opened(url, tmp_path_factory.mktemp("any"), vectors, name="unset", batch=2)
        yield made
        close(made)
