"""A whole database as rows of JSON: out of SQLite or PostgreSQL, and into either."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from alembic import command
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, LargeBinary, Table, func, insert, inspect, select, update

from services.core.db.columns import EPOCH, Instant
from services.core.db.engines import open_engines
from services.core.db.every_table import metadata
from services.core.db.migrations.run import configuration
from services.core.db.tables import instance
from services.core.errors import Conflict
from services.core.ports.archive import Row, Rows

_CHUNK: Final = 500
_MICROSECOND: Final = timedelta(microseconds=1)
_VERSIONS: Final = "alembic_version"


class SqlArchive:
    """`ports.archive.TableArchive` on SQLAlchemy. Raises SettingsError for the URL."""

    def __init__(self, url: str) -> None:
        self._engines = open_engines(url, role="backup", most=1)

    @contextmanager
    def snapshot(self) -> Iterator[SqlSnapshot]:
        # The migrator's connection: a snapshot may take longer than any statement of a server's.
        engine = self._engines.migrator if self._engines.shared else self._engines.reader
        with engine.connect() as connection:
            if self._engines.shared:
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            heads = MigrationContext.configure(connection).get_current_heads()
            if not heads:
                raise Conflict("the database was never used: there is nothing to back up")
            yield SqlSnapshot(connection, revision=heads[0])

    def check_unused(self, backup: str) -> None:
        with self._engines.migrator.connect() as connection:
            _check_unused(connection, backup)

    def load(self, revision: str, tables: Mapping[str, Rows], *, backup: str) -> None:
        known = {
            one.revision for one in ScriptDirectory.from_config(configuration()).walk_revisions()
        }
        if revision not in known or not set(tables) <= set(metadata.tables):
            raise Conflict(
                f"the backup was made by a later version (schema {revision}); restore it with that"
            )
        with self._engines.migrator.begin() as connection:
            _check_unused(connection, backup)
            _drop_everything(connection)
            _upgrade(connection, revision)
            for table in metadata.sorted_tables:
                if table.name in tables:
                    _write(connection, table, tables[table.name]())
            _upgrade(connection, "head")
            connection.execute(update(instance).values(restoring=backup))

    def finish(self) -> None:
        with self._engines.migrator.begin() as connection:
            connection.execute(update(instance).values(restoring=None))

    def close(self) -> None:
        """Release its connections."""
        self._engines.dispose()


class SqlSnapshot:
    """`ports.archive.TableSnapshot` on a connection whose transaction is the snapshot."""

    def __init__(self, connection: Connection, *, revision: str) -> None:
        self._connection = connection
        self.revision = revision

    def tables(self) -> tuple[str, ...]:
        there = set(inspect(self._connection).get_table_names())
        return tuple(table.name for table in metadata.sorted_tables if table.name in there)

    def count(self, table: str) -> int:
        return _count(self._connection, metadata.tables[table])

    def rows(self, table: str) -> Iterator[Row]:
        there = {column["name"] for column in inspect(self._connection).get_columns(table)}
        columns = [column for column in metadata.tables[table].columns if column.name in there]
        options = {"stream_results": True, "yield_per": _CHUNK}
        for row in self._connection.execute(select(*columns), execution_options=options):
            yield {
                column.name: _encoded(column, value)
                for column, value in zip(columns, row, strict=True)
            }


def _check_unused(connection: Connection, backup: str) -> None:
    there = set(inspect(connection).get_table_names())
    restoring = _restoring(connection) if instance.name in there else None
    if restoring == backup:
        return
    if restoring is not None:
        raise Conflict(
            "the database holds another backup, whose restore was cut short; run that again, "
            "or empty the installation"
        )
    for table in metadata.sorted_tables:
        # `instance` has one row from the first start on, and nothing of anybody in it.
        if table is not instance and table.name in there and _count(connection, table):
            raise Conflict(
                f"the database is in use ({table.name} has rows); "
                "a backup is restored into an empty installation only"
            )


def _restoring(connection: Connection) -> str | None:
    """The backup whose restore is not over; an earlier version's schema knows of none."""
    there = {column["name"] for column in inspect(connection).get_columns(instance.name)}
    if instance.c.restoring.name not in there:
        return None
    found: str | None = connection.execute(select(instance.c.restoring)).scalar()
    return found


def _drop_everything(connection: Connection) -> None:
    metadata.drop_all(connection)
    if _VERSIONS in inspect(connection).get_table_names():
        connection.exec_driver_sql(f"DROP TABLE {_VERSIONS}")


def _upgrade(connection: Connection, revision: str) -> None:
    config = configuration()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _write(connection: Connection, table: Table, rows: Iterator[Row]) -> None:
    while chunk := list(islice(rows, _CHUNK)):
        decoded = [
            {name: _decoded(table.c[name], value) for name, value in row.items()} for row in chunk
        ]
        connection.execute(insert(table), decoded)


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _encoded(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Instant):
        return (value - EPOCH) // _MICROSECOND
    if isinstance(column.type, LargeBinary):
        return base64.b64encode(value).decode("ascii")
    return value


def _decoded(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Instant):
        return EPOCH + value * _MICROSECOND
    if isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    return value
