"""The database of an installation that nobody need serve, opened for a backup or a restore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from services.core.db.archive import SqlArchive
from services.core.db.database import SqlDatabase
from services.core.ports.queue import Handler
from services.core.settings import Settings


class NoQueue:
    """Forgets tasks: whoever serves next finds in the ledger what is to be done."""

    def send(self, task: str, ids: Mapping[str, str], *, delay_s: float = 0.0) -> None:
        del task, ids, delay_s

    def start(self, handlers: Mapping[str, Handler]) -> None:
        del handlers

    def stop(self) -> None:
        return

    def stopping(self) -> bool:
        return False

    def waiting(self, queue: str) -> int | None:
        del queue
        return 0


@contextmanager
def open_archive(settings: Settings) -> Iterator[SqlArchive]:
    """Raises SettingsError for a database that cannot be used."""
    settings.stores.data_dir.mkdir(parents=True, exist_ok=True)
    archive = SqlArchive(settings.stores.resolved_database_url())
    try:
        yield archive
    finally:
        archive.close()


@contextmanager
def open_database(settings: Settings) -> Iterator[SqlDatabase]:
    """Raises SettingsError for a database that cannot be used, Unavailable if it is away."""
    database = SqlDatabase.open(
        settings.stores.resolved_database_url(), queue=NoQueue(), role="restore"
    )
    try:
        yield database
    finally:
        database.close()
