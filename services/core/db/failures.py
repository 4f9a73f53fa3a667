"""What a driver's error means to us: busy, full, gone, taken, or a value it cannot hold."""

from __future__ import annotations

import sqlite3
from typing import Final

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
    "40": Unavailable,
    "55P03": Unavailable,
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


def translate_errors(engine: Engine) -> None:
    """Make the engine raise our errors instead of the driver's, where they have a meaning."""
    event.listen(engine, "handle_error", _translate)


def _translate(context: ExceptionContext) -> MargayError | None:
    kind = _meaning(context.original_exception)
    if kind is None and context.is_disconnect:
        kind = Unavailable
    return None if kind is None else kind(_DETAIL[kind])


def _meaning(error: BaseException) -> type[MargayError] | None:
    # A lone surrogate, an integer over 64 bits, NaN or a time without a zone: never reached SQL.
    if isinstance(error, UnicodeEncodeError | OverflowError | ValueError):
        return InputError
    if isinstance(error, sqlite3.Error):
        return _longest(_SQLITE, getattr(error, "sqlite_errorname", "") or "")
    state = getattr(error, "sqlstate", None)
    if state is None and type(error).__name__ == "OperationalError":
        return Unavailable  # no server to have named a state: the connection failed
    return _longest(_POSTGRES, state or "")


def _longest(kinds: dict[str, type[MargayError]], code: str) -> type[MargayError] | None:
    """Find the kind by the longest prefix of the code (extended codes continue plain ones)."""
    for length in range(len(code), 1, -1):
        if code[:length] in kinds:
            return kinds[code[:length]]
    return None
