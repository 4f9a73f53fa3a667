"""The database: opened once, migrated at start, handing out units of work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from services.core.db.engines import BUSY_TIMEOUT_S, open_engines
from services.core.db.migrations.run import migrate
from services.core.db.tables import instance
from services.core.db.unit import SqlUnitOfWork
from services.core.errors import SettingsError, Unavailable
from services.core.ports.queue import Queue


class SqlDatabase:
    """`ports.work.Database` on SQLAlchemy; any number of threads may use it."""

    def __init__(self, writer: Engine, reader: Engine, *, queue: Queue, secret: bytes) -> None:
        self._writer = writer
        self._reader = reader
        self._queue = queue
        self._secret = secret
        # SQLite has one writer. Its own waiting is by polling and unfair, so threads queue here;
        # other processes still wait for the file. A server needs no such turn.
        self._turn = threading.Lock() if writer.dialect.name == "sqlite" else None
        self._mine = threading.local()

    @classmethod
    def open(cls, url: str, *, queue: Queue) -> SqlDatabase:
        """Connect and bring the schema up to date, one process at a time.

        Raises SettingsError for a URL or a file that we cannot use and for a database of a later
        version; Unavailable if it does not answer.
        """
        writer, reader = open_engines(url)
        try:
            secret = migrate(writer)
        except BaseException as error:
            writer.dispose()
            reader.dispose()
            if isinstance(error, DBAPIError):
                raise SettingsError(f"the database cannot be used: {error.orig}") from error
            raise
        return cls(writer, reader, queue=queue, secret=secret)

    @contextmanager
    def work(self) -> Iterator[SqlUnitOfWork]:
        """Raises Unavailable when the database is busy for 30 s; RuntimeError when nested."""
        with self._taking_turns(), self._writer.begin() as connection:
            unit = SqlUnitOfWork(connection, writing=True)
            yield unit
        for message in unit.messages:
            self._queue.send(message.task, message.ids, delay_s=message.delay_s)

    @contextmanager
    def read(self) -> Iterator[SqlUnitOfWork]:
        """One snapshot for all its reads. Raises RuntimeError on writing."""
        with self._reader.connect() as connection:
            try:
                yield SqlUnitOfWork(connection, writing=False)
            except DBAPIError as error:
                if "readonly" in str(error.orig) or "read-only" in str(error.orig):
                    raise RuntimeError("a reading unit of work cannot write") from error
                raise

    def instance_secret(self) -> bytes:
        return self._secret

    def check(self) -> None:
        with self._reader.connect() as connection:
            connection.execute(select(instance.c.id)).scalar_one()

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()

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
