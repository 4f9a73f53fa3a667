"""Who works is what the heartbeats in Redis say, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis
from celery import Celery

from services.core.errors import Unavailable
from services.core.queue.redis_workforce import (
    PREFIX,
    SILENT_S,
    RedisWorkforce,
    key,
    note_alive,
    note_gone,
)
from services.core.types.work import WorkerInfo
from tests.core.queue.conftest import app_of
from tests.servers.processes import free_port

pytestmark = pytest.mark.stack

INGEST = WorkerInfo("ingest", "host-a", 7, datetime(2026, 5, 1, tzinfo=UTC), "0.1.0")
EMBEDDER = WorkerInfo("embedder", "host:b", 1, datetime(2026, 5, 2, tzinfo=UTC), "0.1.0")


@pytest.fixture
def workforce(app: Celery) -> Iterator[RedisWorkforce]:
    workforce = RedisWorkforce(app)
    yield workforce
    workforce.close()


def test_who_said_so_is_alive_until_gone_or_silent(
    workforce: RedisWorkforce, client: redis.Redis
) -> None:
    assert workforce.workers() == ()
    for info in (INGEST, EMBEDDER):
        note_alive(client, info)
    assert workforce.workers() == (EMBEDDER, INGEST)
    assert 0 < client.ttl(key(INGEST)) <= SILENT_S
    note_gone(client, INGEST)
    assert workforce.workers() == (EMBEDDER,)


@pytest.mark.parametrize("value", ["", "no JSON", "[1]", "{}", '{"role": "ingest", "new": 1}'])
def test_what_another_version_wrote_is_passed_over(
    workforce: RedisWorkforce, client: redis.Redis, value: str
) -> None:
    note_alive(client, INGEST)
    client.set(f"{PREFIX}:ingest:other:1", value)
    assert workforce.workers() == (INGEST,)


def test_without_redis_it_cannot_be_told() -> None:
    app = app_of(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(Unavailable, match="Redis"):
        RedisWorkforce(app).workers()
