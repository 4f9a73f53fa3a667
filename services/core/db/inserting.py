"""INSERT ... ON CONFLICT, which SQLite and PostgreSQL spell alike and SQLAlchemy apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

Value = TypeVar("Value")
CHUNK: Final = 500
"""Values in one IN list: under every driver's limit on parameters."""


def insert_into(dialect: str, table: Table) -> sqlite.Insert:
    """Begin an insert that can say what to do when the key is there."""
    if dialect == "postgresql":
        # The two classes share the methods used here but no ancestor that has them.
        return postgresql.insert(table)  # type: ignore[return-value]
    return sqlite.insert(table)


def chunks(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Cut a list of any length into pieces that fit one statement."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
