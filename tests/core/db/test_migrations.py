"""The schema that the migrations make, and who may make it."""

from __future__ import annotations

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from services.core.db.database import SqlDatabase
from services.core.db.engines import open_engines
from services.core.db.migrations.run import configuration
from services.core.db.tables import metadata
from services.core.errors import SettingsError
from tests.core.db.conftest import Outbox


def test_migrations_make_exactly_the_tables(database: SqlDatabase) -> None:
    with database._reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_first_step_can_be_undone(database: SqlDatabase) -> None:
    with database._writer.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        names = {
            row[0]
            for row in connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            )
        }
    assert names == {"alembic_version"}


def test_several_openers_at_once_agree(url: str, outbox: Outbox) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: SqlDatabase.open(url, queue=outbox), range(4)))
    assert len({database.instance_secret() for database in opened}) == 1
    for database in opened:
        database.close()


def test_a_database_of_a_later_version_is_left_alone(
    database: SqlDatabase, url: str, tmp_path: Path, outbox: Outbox
) -> None:
    other = sqlite3.connect(tmp_path / "margay.sqlite3")
    other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.commit()
    other.close()
    with pytest.raises(SettingsError, match="later version"):
        SqlDatabase.open(url, queue=outbox)


def test_a_migration_that_fails_leaves_nothing(url: str) -> None:
    writer, reader = open_engines(url)
    with contextlib.suppress(ZeroDivisionError), writer.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        raise ZeroDivisionError
    with reader.connect() as connection:
        assert connection.exec_driver_sql("SELECT name FROM sqlite_master").all() == []
    writer.dispose()
    reader.dispose()
