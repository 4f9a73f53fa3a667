"""A fresh SQLite file for every test, and a queue that keeps what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from services.core.db.database import SqlDatabase
from services.core.ports.queue import Handler
from tests.contract.database import Sent, shop

__all__ = ["shop"]


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
