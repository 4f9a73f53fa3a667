"""The port to a whole database as rows, out of one installation and into another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from services.core.types.documents import Json

Row: TypeAlias = Mapping[str, Json]
"""A table's row in JSON: moments as microseconds since 1970, bytes in base64."""
Rows: TypeAlias = Callable[[], Iterator[Row]]


class TableSnapshot(Protocol):
    """Every table as it was at one moment, whatever is written meanwhile."""

    @property
    def revision(self) -> str:
        """Which schema the rows are of."""

    def tables(self) -> tuple[str, ...]:
        """Those there are, each behind all that it refers to."""

    def count(self, table: str) -> int: ...

    def rows(self, table: str) -> Iterator[Row]:
        """One by one: a table may be larger than the memory."""


class TableArchive(Protocol):
    def snapshot(self) -> AbstractContextManager[TableSnapshot]:
        """Raises Unavailable if the database does not answer, Conflict if it was never used."""

    def check_unused(self, backup: str) -> None:
        """Raise Conflict if anything of anybody is in it.

        What an earlier `load` of the same backup brought is nobody's until `finish`.
        """

    def load(self, revision: str, tables: Mapping[str, Rows], *, backup: str) -> None:
        """Write all rows and bring the schema up to date, in one transaction.

        The database then belongs to the restore of `backup`, until `finish`. Raises Conflict if
        it is in use or the rows are of a later version's schema.
        """

    def finish(self) -> None:
        """The restore is over: from now on the database is in use."""
