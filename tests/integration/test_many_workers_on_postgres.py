"""Leases, dead letters and many workers at once, with the ledger in PostgreSQL."""

from __future__ import annotations

import contextlib

import psycopg
import pytest

from services.core.db.database import SqlDatabase
from tests.ingest.conftest import vectors
from tests.ingest.many_workers import KEEPERS_DIE, jobs_come_through
from tests.ingest.world import World
from tests.integration.borrowed import borrow
from tests.integration.test_flows_on_postgres import world
from tests.servers.fixtures import migrated_postgres_url, postgres_server_url, postgres_template

__all__ = ["migrated_postgres_url", "postgres_server_url", "postgres_template", "vectors", "world"]

pytestmark = pytest.mark.stack
WORKERS = 4

borrow(
    globals(),
    "tests.ingest.test_dead_letters",
    "tests.ingest.test_in_hand",
)


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
