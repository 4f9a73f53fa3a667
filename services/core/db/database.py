"""The database: opened once, migrated at start, handing out units of work."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.core.db.engines import BUSY_TIMEOUT_S, Engines, open_engines
from services.core.db.migrations.run import migrate
from services.core.db.opening import patiently
from services.core.db.tables import instance
from services.core.db.unit import SqlUnitOfWork
from services.core.errors import SettingsError, Unavailable
from services.core.ports.queue import Queue


class SqlDatabase:
    """`ports.work.Database` on SQLAlchemy; any number of threads may use it."""

    def __init__(self, engines: Engines, *, queue: Queue, secret: bytes) -> None:
        self._engines = engines
        self._writer = engines.writer
        self._reader = engines.reader
        self._queue = queue
        self._secret = secret
        # SQLite has one writer. Its own waiting is by polling and unfair, so threads queue here;
        # other processes still wait for the file. A server needs no such turn.
        self._turn = None if engines.shared else threading.Lock()
        self._mine = threading.local()

    @classmethod
    def open(
        cls,
        url: str,
        *,
        queue: Queue,
        role: str = "tool",
        connections: int = 16,
        patience_s: float = 60.0,
    ) -> SqlDatabase:
        """Connect and bring the schema up to date, one process at a time.

        A server that does not answer yet is waited for, `patience_s` long; `role` is how this
        process calls itself there and `connections` how many it has at most for each of reading
        and writing. Raises SettingsError for a URL or a file that we cannot use and for a database
        of a later version; Unavailable if it does not answer.
        """
        engines = open_engines(url, role=role, most=connections)
        try:
            secret = _migrated(engines, patience_s=patience_s)
        except BaseException as error:
            engines.dispose()
            if isinstance(error, DBAPIError):
                raise SettingsError(f"the database cannot be used: {error.orig}") from error
            raise
        return cls(engines, queue=queue, secret=secret)

    @contextmanager
    def work(self) -> Iterator[SqlUnitOfWork]:
        """Raises Unavailable when the database is away or busy for long; RuntimeError if nested."""
        with self._taking_turns(), _connected(self._writer) as connection, connection.begin():
            unit = SqlUnitOfWork(connection, writing=True)
            yield unit
            if self._engines.shared:
                _refuse_aborted(connection)
        for message in unit.messages:
            self._queue.send(message.task, message.ids, delay_s=message.delay_s)

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """One snapshot for all its reads. Raises Unavailable; RuntimeError on writing."""
        with _connected(self._reader) as connection:
            try:
                yield SqlUnitOfWork(connection, writing=False)
            except DBAPIError as error:
                if "readonly" in str(error.orig) or "read-only" in str(error.orig):
                    raise RuntimeError("a reading unit of work cannot write") from error
                raise

    def instance_secret(self) -> bytes:
        return self._secret

    def check(self) -> None:
        with _connected(self._reader) as connection:
            connection.execute(select(instance.c.id)).scalar_one()

    def check_restored(self) -> None:
        """Raise SettingsError while a backup is not wholly back."""
        with _connected(self._reader) as connection:
            if connection.execute(select(instance.c.restoring)).scalar() is not None:
                raise SettingsError(
                    "a restore was cut short: run it again (margay restore FOLDER) "
                    "before anything is served"
                )

    def clock_ahead_s(self, clock: Callable[[], float] = time.time) -> float:
        """How many seconds this machine's clock is before a server's; 0 for a file.

        Right to half the time that the question took. Raises Unavailable.
        """
        if not self._engines.shared:
            return 0.0
        with _connected(self._reader) as connection:
            before = clock()
            there = connection.execute(select(func.clock_timestamp())).scalar_one()
            return (before + clock()) / 2 - float(there.timestamp())

    def close(self) -> None:
        self._engines.dispose()

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        if getattr(self._mine, "working", False):
            raise RuntimeError("this thread already has a unit of work open")
        if self._turn is not None and not self._turn.acquire(timeout=BUSY_TIMEOUT_S):
            raise Unavailable("the database is busy writing; try again")
        self._mine.working = True
        try:
            yield
        finally:
            self._mine.working = False
            if self._turn is not None:
                self._turn.release()


def _migrated(engines: Engines, *, patience_s: float) -> bytes:
    if not engines.shared:
        return migrate(engines.migrator)
    return patiently(lambda: migrate(engines.migrator), place=engines.place, limit_s=patience_s)


@contextmanager
def _connected(engine: Engine) -> Iterator[Connection]:
    try:
        connection = engine.connect()
    except PoolTimeout as error:
        raise Unavailable("every connection to the database is in use; try again") from error
    with connection:
        yield connection


def _refuse_aborted(connection: Connection) -> None:
    """Committing a transaction in which a statement failed would silently undo all of it."""
    driver: Any = connection.connection.driver_connection
    if driver is not None and driver.info.transaction_status.name == "INERROR":
        raise RuntimeError("an error of a statement was passed over within a unit of work")
