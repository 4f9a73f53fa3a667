"""Many workers, each with connections of its own, on one ledger in PostgreSQL."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from services.core.db.database import SqlDatabase
from services.core.index.milvus import MilvusIndex
from tests.ingest.conftest import vectors
from tests.ingest.many_workers import KEEPERS_DIE, jobs_come_through
from tests.ingest.world import World
from tests.integration.test_flows_on_postgres import close, opened
from tests.servers.fixtures import migrated_postgres_url, postgres_server_url, postgres_template

__all__ = ["migrated_postgres_url", "postgres_server_url", "postgres_template", "vectors"]

pytestmark = pytest.mark.stack
WORKERS = 4


@pytest.fixture
def world(tmp_path: Path, vectors: MilvusIndex, migrated_postgres_url: str) -> Iterator[World]:
    name = f"catalog_{secrets.token_hex(4)}"
    made = opened(migrated_postgres_url, tmp_path, vectors, name=name)
    made.make_index()
    yield made
    close(made)


@pytest.mark.filterwarnings(KEEPERS_DIE)
def test_many_workers_bring_everything_through_once(
    world: World, migrated_postgres_url: str
) -> None:
    with contextlib.ExitStack() as stack:
        databases = []
        for _ in range(WORKERS):
            database = SqlDatabase.open(migrated_postgres_url, queue=world.queue)
            stack.callback(database.close)
            databases.append(database)
        jobs_come_through(world, databases)
    assert deadlocks(migrated_postgres_url) == 0


def deadlocks(url: str) -> int:
    """Transactions that the server had to break up, as far as closed connections told it."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        wanted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        found = connection.execute(wanted).fetchone()
    assert found is not None
    return int(found[0])
