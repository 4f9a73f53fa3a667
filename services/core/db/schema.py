"""Which schema a database has, and bringing it to this version's."""

from __future__ import annotations

from dataclasses import dataclass

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from services.core.db.engines import open_engines
from services.core.db.migrations.run import migrate
from services.core.db.opening import patiently
from services.core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Brought:
    """A database's schema before and after, by revision; `before` is None for an empty one."""

    place: str
    """Where the database is, for people: without user and password."""
    before: str | None
    after: str


def bring_up_to_date(url: str, *, patience_s: float = 60.0) -> Brought:
    """Migrate as opening does, and tell what was done.

    A server that does not answer yet is waited for. Raises SettingsError for a URL, a file or a
    later schema that we cannot use; Unavailable if the server does not answer.
    """
    engines = open_engines(url, role="migrate")
    try:
        before = patiently(
            lambda: _revision(engines.migrator), place=engines.place, limit_s=patience_s
        )
        migrate(engines.migrator)
        after = _revision(engines.migrator)
    except DBAPIError as error:
        raise SettingsError(f"the database cannot be used: {error.orig}") from error
    finally:
        engines.dispose()
    assert after is not None, "a migrated database has a revision"
    return Brought(engines.place, before, after)


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
