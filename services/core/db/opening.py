"""Waiting for a database server that is not there yet, instead of ending and being restarted."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

from services.core.errors import SettingsError, Unavailable

logger: Final = logging.getLogger(__name__)
Result = TypeVar("Result")

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 3.0
# A server that refuses us for one of these refuses us in a minute as well. The driver names no
# state for a refused connection, so its words must do; in another language we wait in vain.
_REFUSALS: Final = (
    "password authentication failed",
    "no password supplied",
    "no pg_hba.conf entry",
    "does not exist",
    "invalid connection option",
    "invalid sslmode value",
)


def patiently(attempt: Callable[[], Result], *, place: str, limit_s: float) -> Result:
    """Try until it does not raise Unavailable, with growing pauses, for `limit_s` seconds.

    Raises SettingsError if the server refuses us for good, Unavailable at the limit; both say why.
    """
    until = time.monotonic() + limit_s
    pause_s = FIRST_PAUSE_S
    while True:
        try:
            return attempt()
        except Unavailable as error:
            reason = _reason(error)
            if any(words in reason for words in _REFUSALS):
                raise SettingsError(f"the database at {place} refuses us: {reason}") from error
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise Unavailable(
                    f"the database at {place} did not answer within {limit_s:.0f} s: {reason}"
                ) from error
        logger.warning(
            "database.waiting for %s (%.0f s more at most): %s", place, max(left_s, 0), reason
        )
        time.sleep(min(pause_s * random.uniform(0.7, 1.0), max(left_s, 0.0)))
        pause_s = min(pause_s * 2, LONGEST_PAUSE_S)


def _reason(error: Unavailable) -> str:
    """The driver's own words, in one line; it never shows a password."""
    words = error.detail if error.__cause__ is None else str(error.__cause__)
    return " ".join(words.split())[:500]
