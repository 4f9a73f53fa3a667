"""What is known of running experiments: read seldom, kept while it cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.core.db.database import SqlDatabase
from services.core.db.unit import SqlUnitOfWork
from services.core.errors import Unavailable
from services.core.types.configurations import Configuration
from services.gateway.running import FRESH_S, Running
from services.insight.experiments.lifecycle import started
from services.wiring.archive import NoQueue
from tests.contract.database import index
from tests.insight.experiments.made import experiment

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Counting(SqlDatabase):
    """Counts how often it is read, and can be made to be away."""

    reads = 0
    away = False

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        self.reads += 1
        if self.away:
            raise Unavailable("the database is away")
        with super().read() as work:
            yield work


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Shop:
    database: Counting
    clock: Clock = field(default_factory=Clock)

    def start(self, name: str) -> None:
        with self.database.work() as work:
            work.experiments.add(started(experiment(name, layer=name), [], now=NOW))
            work.configurations.put(Configuration("b"), now=NOW)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    database = Counting.open(f"sqlite:///{tmp_path}/shop.sqlite3", queue=NoQueue())
    assert isinstance(database, Counting)
    with database.work() as work:
        work.indexes.add(index("shop"))
    yield Shop(database)
    database.close()


def names(running: Running) -> list[str]:
    return [each.name for each in running.known().experiments.get("shop", ())]


def test_it_is_read_once_in_a_while(shop: Shop) -> None:
    running = Running(shop.database, clock=shop.clock)
    shop.database.reads = 0
    for _ in range(100):
        assert names(running) == []
    assert shop.database.reads == 1
    assert running.known().configurations == {}
    shop.start("first")
    assert names(running) == []
    shop.clock.now += FRESH_S
    assert names(running) == ["first"]
    assert running.known().configurations == {"b": Configuration("b")}
    assert shop.database.reads == 2


def test_who_starts_an_experiment_sees_it_at_once(shop: Shop) -> None:
    running = Running(shop.database, clock=shop.clock)
    assert names(running) == []
    shop.start("first")
    running.forget()
    assert names(running) == ["first"]


def test_what_was_known_holds_while_the_database_is_away(shop: Shop) -> None:
    shop.start("first")
    running = Running(shop.database, clock=shop.clock)
    assert names(running) == ["first"]
    shop.database.away = True
    shop.clock.now += FRESH_S
    assert names(running) == ["first"]
    assert names(Running(shop.database, clock=shop.clock)) == []
    shop.database.away = False
    shop.start("second")
    shop.clock.now += FRESH_S
    assert names(running) == ["first", "second"]
