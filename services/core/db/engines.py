"""Connections: SQLite tuned for many readers beside one durable writer, or PostgreSQL."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

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


def open_engines(url: str) -> tuple[Engine, Engine]:
    """Make the engine that writes and the one that only reads. Raises SettingsError for the URL."""
    parsed = _parsed(url)
    make = _sqlite if parsed.get_backend_name() == "sqlite" else _server
    try:
        return make(parsed, writing=True), make(parsed, writing=False)
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{_NAME} needs the package {error.name}; install it, or name another driver "
            "(such as postgresql+psycopg://...)"
        ) from error


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingsError(f"{_NAME} is no SQLAlchemy URL of a known database") from error
    if backend not in ("sqlite", "postgresql"):
        raise SettingsError(f"{_NAME} names {backend}; sqlite and postgresql are supported")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise SettingsError(f"{_NAME} must name a file: several connections share the database")
    if backend == "sqlite":
        _check_file(Path(str(parsed.database)))
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


def _server(url: URL, *, writing: bool) -> Engine:
    options = {} if writing else {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    engine = create_engine(
        url,
        json_serializer=_dump,
        pool_size=_KEPT_CONNECTIONS,
        max_overflow=_KEPT_CONNECTIONS,
        pool_pre_ping=True,
        execution_options=options,
    )
    translate_errors(engine)
    return engine
