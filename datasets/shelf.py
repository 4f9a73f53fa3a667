"""Rows kept on disk while a data set is read, so that memory does not grow with its size."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Final, Self

from datasets.errors import DatasetError

CACHE_KIB: Final = 32 * 1024
BATCH: Final = 10_000


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise DatasetError(
            f"what is kept on disk while reading cannot be written: {error} "
            "(SQLITE_TMPDIR names another folder for it)"
        ) from error


class Shelf:
    """Pairs of key and value, several values a key; gone when it is closed.

    A full disk raises DatasetError.

    The file has no name (SQLite makes and removes it), so a killed process leaves nothing behind.
    """

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)
        self._ask(f"PRAGMA cache_size=-{CACHE_KIB}")
        self._ask("PRAGMA journal_mode=OFF")
        self._ask("CREATE TABLE rows (key TEXT NOT NULL, value TEXT NOT NULL)")
        self._indexed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the disk space back."""
        self._rows.close()

    def add(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Keep these pairs beside those that are here; cheapest before anything is looked up."""
        batch: list[tuple[str, str]] = []
        for pair in pairs:
            batch.append(pair)
            if len(batch) >= BATCH:
                self._write(batch)
                batch = []
        self._write(batch)

    def first(self, key: str) -> str | None:
        """The value that was added first, or None."""
        self._index()
        found = self._ask(
            "SELECT value FROM rows WHERE key = ? ORDER BY rowid LIMIT 1", (key,)
        ).fetchone()
        return None if found is None else str(found[0])

    def all(self, key: str) -> list[str]:
        """Every value of a key, in the order in which they were added."""
        self._index()
        found = self._ask("SELECT value FROM rows WHERE key = ? ORDER BY rowid", (key,))
        return [value for (value,) in found]

    def groups(self, *, after: str | None = None) -> Iterator[tuple[str, list[str]]]:
        """Keys in their order (those beyond `after`) with all their values."""
        self._index()
        found = self._ask(
            "SELECT key, value FROM rows WHERE ? IS NULL OR key > ? ORDER BY key, rowid",
            (after, after),
        )
        for key, rows in groupby(found, key=itemgetter(0)):
            yield key, [value for _, value in rows]

    def count_keys(self) -> int:
        """How many different keys there are."""
        self._index()
        return int(self._ask("SELECT count(DISTINCT key) FROM rows").fetchone()[0])

    def _ask(self, statement: str, values: Sequence[str | None] = ()) -> sqlite3.Cursor:
        with _room():
            return self._rows.execute(statement, values)

    def _ask_all(self, statement: str, rows: Sequence[tuple[str, str]]) -> None:
        with _room():
            self._rows.executemany(statement, rows)

    def _write(self, batch: list[tuple[str, str]]) -> None:
        if batch:
            self._ask("BEGIN")
            self._ask_all("INSERT INTO rows VALUES (?, ?)", batch)
            self._ask("COMMIT")

    def _index(self) -> None:
        if not self._indexed:
            self._ask("CREATE INDEX by_key ON rows (key)")
            self._indexed = True
