"""The figures of operators on SQLite and PostgreSQL, and that a scrape reads no item's row."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from services.core.db.database import SqlDatabase
from tests.contract.database import NOW
from tests.contract.figures import FigureStoreContract
from tests.contract.ledger import BAD, all_items, job_of


class TestFigureStore(FigureStoreContract):
    @pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.stack)])
    def url(self, request: pytest.FixtureRequest, url: str) -> str:
        if request.param == "sqlite":
            return url
        return str(request.getfixturevalue("migrated_postgres_url"))


def test_a_scrape_reads_items_off_their_small_indexes(database: SqlDatabase, shop: str) -> None:
    with database.work() as work:
        job = job_of(work, shop, "a", "b")
        work.jobs.mark_failed(all_items(work, job)[0].sequence, BAD, now=NOW)
    asked: list[str] = []
    event.listen(database._reader, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with database.read() as work:
        work.figures.ledger()
    of_items = [statement for statement in asked if "FROM items" in statement]
    with database._reader.connect() as connection:
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all())
            for statement in of_items
        ]
    assert len(plans) == 3
    for plan in plans:
        assert "COVERING INDEX items_waiting" in plan or "COVERING INDEX items_failed" in plan
