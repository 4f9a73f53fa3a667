"""Cursors that say which experiment and variant made the page before.

Pages that begin by a variant go on by it, even when the experiment is stopped meanwhile: else they
would overlap and skip. Such a cursor is `<cursor>~<experiment>~<how>`, sealed as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.core import ids
from services.core.errors import InputError
from services.core.ports import Ports
from services.search import cursor as cursors
from services.search.request import SearchRequest

INTERLEAVED: Final = ""
PLAIN: Final = "-"
"""As without experiment; no variant can have either name."""
_MARK: Final = "~"


@dataclass(frozen=True, slots=True)
class Pin:
    """How pages are made: `how` is a variant's name, INTERLEAVED or PLAIN."""

    experiment: str
    how: str

    def __str__(self) -> str:
        return f"{self.experiment}{_MARK}{self.how}"


def encode(pin: Pin, offset: int, plain: SearchRequest, *, client: str, ports: Ports) -> str:
    """The cursor of the page that starts at `offset`; `plain` is what the caller asked."""
    secret = ports.database.instance_secret()
    sealed = cursors.encode(offset, plain, secret=secret, also=_also(pin, client))
    return f"{sealed}{_MARK}{pin}"


def pin_of(cursor: str | None) -> Pin | None:
    """What a cursor says it goes on with; None where it is one of a search without experiment.

    Raises InputError for what is neither.
    """
    if cursor is None or _MARK not in cursor:
        return None
    _, experiment, how, *rest = [*cursor.split(_MARK), ""]
    if not ids.SAVED_NAME.fullmatch(experiment) or rest != [""]:
        raise InputError.at("cursor", "is not one that was given for this very request")
    return Pin(experiment, how)


def start(pin: Pin, cursor: str, plain: SearchRequest, *, client: str, ports: Ports) -> int:
    """Where the page starts. Raises InputError unless the cursor was made for this request."""
    return cursors.decode(
        cursor.partition(_MARK)[0],
        plain,
        secret=ports.database.instance_secret(),
        max_offset=ports.settings.search.max_offset,
        also=_also(pin, client),
    )


def _also(pin: Pin, client: str) -> str:
    return f"{pin}\n{client}"
