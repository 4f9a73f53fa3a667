"""What a driver's error means to us: busy, full, gone, taken, or a value it cannot hold."""

from __future__ import annotations

import sqlite3
from typing import Final, TypeVar

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from services.core.errors import (
    Conflict,
    InputError,
    InsufficientStorage,
    MargayError,
    NotFound,
    Unavailable,
)

Meaning = TypeVar("Meaning")

_SQLITE: Final = {
    "SQLITE_BUSY": Unavailable,
    "SQLITE_LOCKED": Unavailable,
    "SQLITE_IOERR": Unavailable,
    "SQLITE_CANTOPEN": Unavailable,
    "SQLITE_PROTOCOL": Unavailable,
    "SQLITE_FULL": InsufficientStorage,
    "SQLITE_TOOBIG": InputError,
    "SQLITE_CONSTRAINT_FOREIGNKEY": NotFound,
    "SQLITE_CONSTRAINT_UNIQUE": Conflict,
    "SQLITE_CONSTRAINT_PRIMARYKEY": Conflict,
}
_POSTGRES: Final = {
    "53100": InsufficientStorage,
    "53": Unavailable,
    "08": Unavailable,
    "57P": Unavailable,
    "57014": Unavailable,
    "58": Unavailable,
    "40": Unavailable,
    "55P03": Unavailable,
    "25P03": Unavailable,
    "22": InputError,
    "23503": NotFound,
    "23505": Conflict,
}
_DETAIL: Final = {
    Unavailable: "the database does not answer; try again",
    InsufficientStorage: "the database's disk is full",
    InputError: "the database cannot store this value",
    NotFound: "the index or job it belongs to does not exist (any more)",
    Conflict: "it already exists",
}
_POSTGRES_DETAIL: Final = {
    "40": "two changes got into each other's way; try again",
    "53300": "the database has no free connections; try again",
    "55P03": "another change has held what this one needs for too long; try again",
    "57014": "the database took too long; try again",
}


def translate_errors(engine: Engine) -> None:
    """Make the engine raise our errors instead of the driver's, where they have a meaning."""
    event.listen(engine, "handle_error", _translate)


def _translate(context: ExceptionContext) -> MargayError | None:
    kind = _meaning(context.original_exception)
    if kind is None and context.is_disconnect:
        kind = Unavailable
    if kind is None:
        return None
    state = getattr(context.original_exception, "sqlstate", None) or ""
    return kind(_longest(_POSTGRES_DETAIL, state) or _DETAIL[kind])


def _meaning(error: BaseException) -> type[MargayError] | None:
    # A lone surrogate, an integer over 64 bits, NaN or a time without a zone: never reached SQL.
    if isinstance(error, UnicodeEncodeError | OverflowError | ValueError):
        return InputError
    if isinstance(error, sqlite3.Error):
        return _longest(_SQLITE, getattr(error, "sqlite_errorname", "") or "")
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return _longest(_POSTGRES, state)
    # No server named a state: the connection failed, or the driver refused a value (NUL).
    return {"OperationalError": Unavailable, "DataError": InputError}.get(_family(error))


def _family(error: BaseException) -> str:
    """The standard's name for such an error of a driver; drivers have finer classes below it."""
    names = [each.__name__ for each in type(error).__mro__]
    return next((name for name in names if name in ("OperationalError", "DataError")), "")


def _longest(kinds: dict[str, Meaning], code: str) -> Meaning | None:
    """Find the entry by the longest prefix of the code (extended codes continue plain ones)."""
    for length in range(len(code), 1, -1):
        if code[:length] in kinds:
            return kinds[code[:length]]
    return None
