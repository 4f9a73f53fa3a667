"""The port to stored query sets: judged queries of an index."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.core.types.evaluations import JudgedQuery, QuerySetInfo


class QuerySetStore(Protocol):
    """Query sets and their queries. A set goes with its index; its media are its owner's to drop.

    What names a set that is not there raises NotFound.
    """

    def get(self, name: str) -> QuerySetInfo: ...

    def all(self) -> list[QuerySetInfo]:
        """All, by name."""

    def put(self, name: str, *, index: str, description: str, now: datetime) -> bool:
        """Make an empty set, or empty the one of this name; True if there was none.

        Raises NotFound for the index.
        """

    def add(self, name: str, queries: Sequence[JudgedQuery]) -> None:
        """Append queries; one whose id is there replaces it and keeps its place."""

    def queries(self, name: str, *, after: str | None, limit: int) -> list[JudgedQuery]:
        """In their order, those after the query with the id `after`."""

    def media_keys(self, name: str) -> set[str]:
        """Keys in the media store of all its queries' media."""

    def remove(self, name: str) -> None: ...
