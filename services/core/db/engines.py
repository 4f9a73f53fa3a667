"""Connections: SQLite tuned for many readers beside one durable writer, or PostgreSQL."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from services.core.db.failures import translate_errors
from services.core.errors import SettingsError

BUSY_TIMEOUT_S: Final = 30
_NAME: Final = "MARGAY_STORES__DATABASE_URL"
_KEPT_CONNECTIONS: Final = 16
# NaN and infinities are no JSON: stored, they would break every later filter over the table.
_decoder: Final = json.JSONDecoder()
_dump: Final = partial(json.dumps, allow_nan=False, separators=(",", ":"))


def _load(text: str) -> Any:
    """Decode what `_dump` wrote: without looking for white space it takes half the time."""
    return _decoder.raw_decode(text)[0]


@dataclass(frozen=True, slots=True)
class Engines:
    """One engine that writes, one that only reads, and one that changes the schema."""

    writer: Engine
    reader: Engine
    migrator: Engine
    place: str
    """Where the database is, for people: without user and password."""

    @property
    def shared(self) -> bool:
        """Whether it is a server's, which many processes use and which may be away."""
        return self.writer.dialect.name == "postgresql"

    def dispose(self) -> None:
        for engine in (self.writer, self.reader, self.migrator):
            engine.dispose()


def open_engines(url: str, *, role: str = "tool", most: int = 16) -> Engines:
    """Make the engines; nothing is connected yet. Raises SettingsError for the URL.

    Of a server each process has at most `most` connections for reading and as many for writing,
    which say there that they are `margay ROLE`.
    """
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        _check_file(Path(str(parsed.database)))
        writer = _sqlite(parsed, writing=True)
        return Engines(writer, _sqlite(parsed, writing=False), writer, str(parsed.database))
    # Only those who use a server need its driver.
    from services.core.db import postgres

    return Engines(
        postgres.open_engine(parsed, limits=postgres.WRITING, role=role, most=most),
        postgres.open_engine(parsed, limits=postgres.READING, role=role, most=most),
        postgres.migrating_engine(parsed, role=role),
        postgres.place(parsed),
    )


def parse(url: str) -> URL:
    """Read a URL of a database that we know. Raises SettingsError, never showing a password."""
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        driver = parsed.drivername.partition("+")[2]
    except (ArgumentError, ValueError):
        # Without its cause, which quotes parts of the URL.
        raise SettingsError(f"{_NAME} is no SQLAlchemy URL of a known database") from None
    if backend not in ("sqlite", "postgresql"):
        raise SettingsError(f"{_NAME} names {backend}; sqlite and postgresql are supported")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise SettingsError(f"{_NAME} must name a file: several connections share the database")
    if backend == "postgresql" and driver not in ("", "psycopg"):
        raise SettingsError(f"{_NAME} names the driver {driver}; use postgresql://...")
    if backend == "postgresql" and find_spec("psycopg") is None:
        raise SettingsError(f"{_NAME} names PostgreSQL; its driver comes with margay[stack]")
    return parsed


def _check_file(file: Path) -> None:
    if not file.parent.is_dir():
        raise SettingsError(f"the database's folder {file.parent} does not exist; create it")
    wanted = [file.parent, *([file] if file.exists() else [])]
    for path in wanted:
        if not os.access(path, os.W_OK):
            raise SettingsError(f"the database needs to write {path}; give this user the right")


def _sqlite(url: URL, *, writing: bool) -> Engine:
    engine = create_engine(
        url,
        json_serializer=_dump,
        json_deserializer=_load,
        pool_size=1 if writing else _KEPT_CONNECTIONS,
        max_overflow=-1,
        connect_args={"timeout": BUSY_TIMEOUT_S, "check_same_thread": False},
    )
    begin = "BEGIN IMMEDIATE" if writing else "BEGIN"

    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late; ours is below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        if not writing:
            connection.execute("PRAGMA query_only = ON")

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", configure)
    event.listen(engine, "begin", start)
    translate_errors(engine)
    return engine
