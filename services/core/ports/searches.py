"""The ports to the log of searches and to the events of those who searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from services.core.types.events import Event, LoggedSearch


class SearchStore(Protocol):
    """A transaction that adds to a log does so once: two that add twice may wait for each other."""

    def add(self, searches: Sequence[LoggedSearch]) -> None:
        """Log answered pages; one that is there stays as it is.

        Events that came before their search are settled (see EventStore.add).
        """

    def get(self, query_ids: Iterable[str]) -> dict[str, LoggedSearch]:
        """Those that are there, by id."""

    def forget(self, before: datetime, *, limit: int) -> int:
        """Remove up to `limit` of those answered before; how many there were."""


class EventStore(Protocol):
    """As of searches: add, or exclude, once in a transaction."""

    def add(self, events: Sequence[Event]) -> int:
        """Store those whose ids are new; how many there were.

        Which events count depends on what is stored and never on its order of arrival: of each
        action on each document of an answer the first by time, then by id, unless a bot did it or
        the answer did not hold the document. The others keep the reason in `excluded`. `position`
        becomes the place at which the answer showed the document.
        """

    def of_queries(self, query_ids: Iterable[str]) -> list[Event]:
        """All of these answers, by time and id."""

    def exclude_clients(self, clients: Sequence[str], *, since: datetime) -> int:
        """Take clients for bots: what they searched and did since then counts no more.

        Returns how many events ceased to count. Repeating it changes nothing.
        """

    def busy_clients(self, *, since: datetime, searches: int, deeds: int) -> dict[str, datetime]:
        """Clients with more searches, or deeds other than impressions, within one minute.

        With the first such minute from `since` on; minutes are those of the clock.
        """

    def forget(self, before: datetime, *, limit: int) -> int:
        """Remove up to `limit` of those received before; how many there were."""
