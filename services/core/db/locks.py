"""Index locks across processes: PostgreSQL's advisory locks, on connections of their own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Final

import psycopg
from psycopg.errors import LockNotAvailable

from services.core.db import engines, postgres
from services.core.errors import Unavailable

logger: Final = logging.getLogger(__name__)

_NAMESPACE: Final = b"margay.locks"
_ANSWER_S: Final = 10.0
"""How much longer than a wait for a lock the server may be silent."""


class PostgresLocks:
    """`ports.queue.IndexLocks` that the server releases when the process or its machine is gone.

    A thread holds all its locks on one connection. If that is lost, its locks are: what runs under
    them goes on (stores take the later of two writes), and leaving says so in the log.
    """

    def __init__(self, url: str, *, wait_s: float = 60.0, connections: int = 16) -> None:
        """`connections` threads can hold or wait for locks at once; the URL is the database's."""
        self._url = engines.parse(url)
        self._wait_s = wait_s
        self._limits = postgres.Limits(
            {"lock_timeout": f"{round(wait_s * 1000)}ms"}, answer_s=wait_s + _ANSWER_S
        )
        self._places = threading.BoundedSemaphore(connections)
        self._guard = threading.Lock()
        self._idle: list[postgres.Connection] = []
        self._closed = False
        self._turns = _Turns()
        self._mine = _Mine()

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """Raises Unavailable, naming the lock, when another has it for `wait_s`."""
        if name in self._mine.writing:
            yield
            return
        # One thread of a process waits at the server, the others here: they need no connection.
        with self._turns.taken(name, wait_s=self._wait_s) as ours:
            if not ours:
                raise self._held_by_another(name)
            with self._connected() as connection:
                self._lock(connection, name, "pg_advisory_lock")
                with self._held(connection, name):
                    yield

    @contextmanager
    def sharing(self, name: str) -> Iterator[None]:
        """Raises Unavailable, naming the lock, when another is writing for `wait_s`."""
        with self._connected() as connection:
            self._lock(connection, name, "pg_advisory_lock_shared")
            try:
                yield
            finally:
                self._unlock(connection, name, "pg_advisory_unlock_shared")

    @contextmanager
    def trying(self, name: str) -> Iterator[bool]:
        """Raises Unavailable only if the database does not answer."""
        if name in self._mine.writing:
            yield True
            return
        with self._turns.taken(name, wait_s=0) as ours:
            if not ours:
                yield False
                return
            with self._connected() as connection:
                if self._lock(connection, name, "pg_try_advisory_lock"):
                    with self._held(connection, name):
                        yield True
                else:
                    yield False

    def close(self) -> None:
        """Close what is idle now, and the rest as soon as it is."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _held(self, connection: postgres.Connection, name: str) -> Iterator[None]:
        self._mine.writing.add(name)
        try:
            yield
        finally:
            self._mine.writing.discard(name)
            self._unlock(connection, name, "pg_advisory_unlock")

    def _lock(self, connection: postgres.Connection, name: str, function: str) -> bool:
        """Whether it was taken; only `pg_try_advisory_lock` says no."""
        try:
            row = connection.execute(f"SELECT {function}(%s)", (key(name),)).fetchone()
        except LockNotAvailable as error:
            raise self._held_by_another(name) from error
        except psycopg.Error as error:
            raise Unavailable(f"the lock {name!r} cannot be had: {_words(error)}") from error
        return row is not None and row[0] is not False

    def _unlock(self, connection: postgres.Connection, name: str, function: str) -> None:
        try:
            row = connection.execute(f"SELECT {function}(%s)", (key(name),)).fetchone()
            problem = "" if row is not None and row[0] else "the server knew nothing of it"
        except psycopg.Error as error:
            connection.close()
            problem = _words(error)
        if problem:
            logger.error("lock %r was lost while it was held: %s", name, problem)

    @contextmanager
    def _connected(self) -> Iterator[postgres.Connection]:
        """The thread's connection, taken for the outermost of its locks."""
        if self._mine.connection is not None:
            yield self._mine.connection
            return
        connection = self._take()
        self._mine.connection = connection
        try:
            yield connection
        finally:
            self._mine.connection = None
            self._give_back(connection)

    def _take(self) -> postgres.Connection:
        if not self._places.acquire(timeout=self._wait_s):
            raise Unavailable("every connection for locks is in use; try again")
        try:
            return self._alive() or postgres.connect(self._url, limits=self._limits, role="locks")
        except psycopg.Error as error:
            self._places.release()
            raise Unavailable(f"locks cannot be had: {_words(error)}") from error
        except BaseException:
            self._places.release()
            raise

    def _alive(self) -> postgres.Connection | None:
        while True:
            with self._guard:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if connection.alive():
                return connection
            connection.close()

    def _give_back(self, connection: postgres.Connection) -> None:
        with self._guard:
            keep = not self._closed and not connection.closed
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()
        self._places.release()

    def _held_by_another(self, name: str) -> Unavailable:
        return Unavailable(f"another has held the lock {name!r} for {self._wait_s:g} s; try again")


def key(name: str) -> int:
    """The number that stands for a lock at the server: 64 bits, signed."""
    digest = blake2b(name.encode(), digest_size=8, person=_NAMESPACE).digest()
    return int.from_bytes(digest, signed=True)


def _words(error: psycopg.Error) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__


class _Mine(threading.local):
    """What the current thread holds."""

    def __init__(self) -> None:
        self.connection: postgres.Connection | None = None
        self.writing: set[str] = set()


class _Turns:
    """A lock per name for the threads of this process, forgotten when nobody wants it."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._locks: dict[str, tuple[threading.Lock, int]] = {}

    @contextmanager
    def taken(self, name: str, *, wait_s: float) -> Iterator[bool]:
        """Yields whether it was had within that time."""
        with self._guard:
            lock, wanted = self._locks.get(name, (threading.Lock(), 0))
            self._locks[name] = lock, wanted + 1
        held = False
        try:
            held = lock.acquire(timeout=wait_s) if wait_s else lock.acquire(blocking=False)
            yield held
        finally:
            if held:
                lock.release()
            with self._guard:
                wanted = self._locks[name][1] - 1
                if wanted:
                    self._locks[name] = lock, wanted
                else:
                    del self._locks[name]
