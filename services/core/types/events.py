"""What was searched, shown and done: the log that learning and experiments read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Action(StrEnum):
    """UBI's `action_name`."""

    IMPRESSION = "impression"
    CLICK = "click"
    ADD_TO_CART = "add_to_cart"
    PURCHASE = "purchase"


class Excluded(StrEnum):
    """Why an event does not count."""

    BOT = "bot"
    REPEATED = "repeated"
    """The same was done to the same document of the same answer before."""
    NOT_SHOWN = "not_shown"
    """The answer it names did not hold the document."""


@dataclass(frozen=True, slots=True)
class LoggedSearch:
    """A page that was answered. `client` is a keyed hash, never what the caller sent.

    `kind` is what was searched with: text, image, audio, video, document, or composed of several.
    `shown` holds document ids from rank `first_rank` on; `teams`, of an interleaved page, the
    variant that each of them counts for.
    """

    query_id: str
    index: str
    at: datetime
    kind: str
    text: str | None
    client: str | None
    configuration: str | None
    experiment: str | None
    variant: str | None
    shown: tuple[str, ...]
    first_rank: int
    teams: tuple[str, ...] | None
    top_score: float | None
    took_ms: float
    degraded: bool
    bot: bool


@dataclass(frozen=True, slots=True)
class Event:
    """Something a client did with what it was shown; `position` counts from 1 over all pages."""

    id: str
    query_id: str
    action: Action
    object_id: str | None
    position: int | None
    client: str | None
    at: datetime
    received_at: datetime
    excluded: Excluded | None = None
