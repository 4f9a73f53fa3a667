"""A fresh database for every test (SQLite unless it says otherwise), and a queue that keeps all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from services.core.db.database import SqlDatabase
from services.core.ports.queue import Handler
from tests.contract.database import Sent, shop
from tests.servers.fixtures import (
    migrated_postgres_url,
    postgres_server_url,
    postgres_template,
    postgres_url,
)

__all__ = [
    "migrated_postgres_url",
    "postgres_server_url",
    "postgres_template",
    "postgres_url",
    "shop",
]


class Outbox:
    """A queue whose tasks nobody runs."""

    def __init__(self) -> None:
        self.sent: Sent = []

    def send(self, task: str, ids: Mapping[str, str], *, delay_s: float = 0.0) -> None:
        self.sent.append((task, dict(ids), delay_s))

    def start(self, handlers: Mapping[str, Handler]) -> None:
        raise AssertionError("nobody starts an outbox")

    def stop(self) -> None:
        self.sent.clear()


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


@pytest.fixture
def sent(outbox: Outbox) -> Sent:
    return outbox.sent


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/margay.sqlite3"


@pytest.fixture
def database(url: str, outbox: Outbox) -> Iterator[SqlDatabase]:
    database = SqlDatabase.open(url, queue=outbox)
    yield database
    database.close()
