"""Bringing a database to this version's schema, one process at a time."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, insert, select, text

from services.core.db.tables import instance
from services.core.errors import SettingsError

logger: Final = logging.getLogger(__name__)

_LOCK: Final = 7_162_533_104_021_944_871
"""PostgreSQL's advisory lock for it: any fixed number of our own."""


def migrate(engine: Engine) -> bytes:
    """Run what is missing in one transaction; returns the installation's secret.

    Raises SettingsError for a database that a later version has written, or that cannot hold every
    character.
    """
    with engine.begin() as connection:  # on SQLite this alone keeps other processes out
        if connection.dialect.name == "postgresql":
            _check_encoding(connection)
            _take_turn(connection)
        _upgrade(connection)
        return _secret(connection)


def _check_encoding(connection: Connection) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar()
    if encoding != "UTF8":
        raise SettingsError(
            f"the database is encoded in {encoding}; create it with ENCODING 'UTF8'"
        )


def _take_turn(connection: Connection) -> None:
    """Hold, until the transaction ends, what every process that migrates must hold."""
    key = {"key": _LOCK}
    if not connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), key).scalar():
        logger.info("database.migrations: another process is at it; waiting for it")
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), key)


def configuration() -> Config:
    """Alembic's configuration, without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _upgrade(connection: Connection) -> None:
    config = configuration()
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_heads()
    known = {script.revision for script in scripts.walk_revisions()}
    if not set(current) <= known:
        raise SettingsError(
            f"the database was written by a later version (schema {', '.join(current)}); "
            "use that version, or another database"
        )
    if set(current) != set(scripts.get_heads()):
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _secret(connection: Connection) -> bytes:
    found = connection.execute(select(instance.c.secret)).scalar()
    if found is not None:
        return bytes(found)
    made = secrets.token_bytes(32)
    connection.execute(insert(instance).values(id=1, secret=made, last_sequence=0))
    return made
