"""A Redis for the tests of the queue, which kill it and empty it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from celery import Celery

from services.core.queue.celery_app import make_app
from services.core.settings import Settings, Stores
from tests.servers import Server
from tests.servers import redis as redis_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with redis_server.server() as one:
        yield one


@pytest.fixture
def client(server: Server) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        client.flushall()
        yield client


@pytest.fixture
def app(server: Server, client: redis.Redis) -> Iterator[Celery]:
    app = app_of(server.url)
    yield app
    app.close()


def app_of(url: str) -> Celery:
    return make_app(Settings(stores=Stores(broker_url=url)))
