"""The ingest flow with its catalog and its locks in PostgreSQL passes the tests of SQLite's."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.core.db.locks import PostgresLocks
from services.core.index.milvus import MilvusIndex
from tests.ingest.conftest import vectors
from tests.ingest.world import World
from tests.integration.borrowed import borrow
from tests.servers.fixtures import migrated_postgres_url, postgres_server_url, postgres_template

__all__ = ["migrated_postgres_url", "postgres_server_url", "postgres_template", "vectors"]

pytestmark = pytest.mark.stack
borrow(
    globals(),
    "tests.ingest.test_cancel_after_crash",
    "tests.ingest.test_flow",
)


def opened(url: str, folder: Path, vectors: MilvusIndex, *, name: str, batch: int = 4) -> World:
    """A world with its catalog and its locks in PostgreSQL."""
    locks = PostgresLocks(url)
    return World(folder, vectors, name=name, batch=batch, database_url=url, locks=locks)


def close(world: World) -> None:
    world.ports.database.close()
    world.ports.locks.close()


@pytest.fixture
def world(tmp_path: Path, vectors: MilvusIndex, migrated_postgres_url: str) -> Iterator[World]:
    name = f"catalog_{secrets.token_hex(4)}"
    made = opened(migrated_postgres_url, tmp_path, vectors, name=name)
    made.make_index()
    yield made
    close(made)
