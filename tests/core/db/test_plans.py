"""What is asked of the log again and again reads the part it is about, however long the log is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from services.core.db.database import SqlDatabase
from services.core.db.exposures import PARTS
from services.core.ports import UnitOfWork
from services.core.types.experiments import Goal
from tests.contract.database import NOW, index
from tests.contract.experiments import experiment, started
from tests.contract.searches import did, searched

Asked = Callable[[UnitOfWork], object]


@pytest.fixture
def filled(database: SqlDatabase) -> SqlDatabase:
    """Four days of searches and clicks."""
    moments = [NOW + timedelta(minutes=number) for number in range(0, 5760, 4)]
    with database.work() as work:
        work.indexes.add(index("shop"))
        work.searches.add([searched(f"q{at}", "a", at=at) for at in moments])
        work.events.add([did(f"e{at}", f"q{at}", "a", at=at, received_at=at) for at in moments])
    return database


def plans(database: SqlDatabase, ask: Asked) -> str:
    """How SQLite goes about each reading statement of `ask`."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    engine = database._engines.reader
    event.listen(engine, "before_cursor_execute", note)
    with database.read() as work:
        ask(work)
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        return str(
            [
                connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                for statement, parameters in asked
            ]
        )


def test_busy_clients_are_looked_for_among_what_came_lately(filled: SqlDatabase) -> None:
    since = NOW + timedelta(days=3)
    plan = plans(filled, lambda work: work.events.busy_clients(since=since, searches=9, deeds=9))
    assert "INDEX events_by_age (received_at>?)" in plan
    assert "INDEX searches_by_age (at>?)" in plan


def test_when_was_learned_last_takes_one_look(filled: SqlDatabase) -> None:
    plan = plans(filled, lambda work: work.learning.learned_at("shop"))
    assert "(index_name=? AND document_id=?)" in plan


def test_an_experiment_is_counted_a_part_of_its_clients_at_a_time(filled: SqlDatabase) -> None:
    tested = replace(started(experiment("shop"), minutes=0), goal=Goal.PURCHASE)
    plan = plans(filled, lambda work: work.exposures.clients(tested))
    parts = plan.count("INDEX searches_by_experiment (experiment=? AND client>? AND client<?)")
    assert parts == PARTS - 1, "all but the last, which is open at its end"
