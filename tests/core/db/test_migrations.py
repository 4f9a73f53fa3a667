"""The schema that the migrations make, and who may make it."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

from services.core.db.database import SqlDatabase
from services.core.db.engines import open_engines
from services.core.db.every_table import metadata
from services.core.db.migrations.run import configuration
from services.core.errors import SettingsError
from tests.core.db.conftest import Outbox


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.stack)])
def url(request: pytest.FixtureRequest, url: str) -> str:
    """An empty database: a file, or one of a server."""
    return url if request.param == "sqlite" else str(request.getfixturevalue("postgres_url"))


def test_migrations_make_exactly_the_tables(database: SqlDatabase) -> None:
    with database._reader.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_names_are_compared_by_code_point(database: SqlDatabase) -> None:
    """What `compare_metadata` does not look at; SQLite compares so by itself."""
    with database._reader.connect() as connection:
        if connection.dialect.name == "sqlite":
            return
        made = connection.exec_driver_sql(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND collation_name = 'C'"
        )
        found = {tuple(row) for row in made}
    wanted = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.columns
        if getattr(column.type.dialect_impl(connection.dialect), "collation", None) == "C"
    }
    assert found == wanted


def test_the_first_step_can_be_undone(database: SqlDatabase) -> None:
    with database._engines.migrator.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        names = inspect(connection).get_table_names()
    assert names == ["alembic_version"]


def test_several_openers_at_once_agree(url: str, outbox: Outbox) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: SqlDatabase.open(url, queue=outbox), range(4)))
    assert len({database.instance_secret() for database in opened}) == 1
    for database in opened:
        database.close()


def test_a_database_of_a_later_version_is_left_alone(
    database: SqlDatabase, url: str, outbox: Outbox
) -> None:
    with database._writer.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SettingsError, match="later version"):
        SqlDatabase.open(url, queue=outbox)


def test_a_migration_that_fails_leaves_nothing(url: str) -> None:
    engines = open_engines(url)
    with contextlib.suppress(ZeroDivisionError), engines.migrator.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        raise ZeroDivisionError
    with engines.reader.connect() as connection:
        assert inspect(connection).get_table_names() == []
    engines.dispose()
