"""What an evaluation needs of search, which it does not know: the wiring gives it."""

from __future__ import annotations

from typing import Protocol

from services.core.types.configurations import Configuration
from services.core.types.evaluations import Answered, JudgedQuery
from services.core.types.vectors import Vector


class JudgedSearch(Protocol):
    def answer(
        self, query: JudgedQuery, configuration: Configuration, *, index: str, depth: int
    ) -> Answered:
        """Search as the gateway would by this configuration, for the best `depth` documents.

        Raises Unavailable's family while a part is away, rather than to answer without it;
        InputError's for a query that this index cannot be asked; NotFound and Conflict where the
        index is gone or needs a rebuild.
        """

    def vector(self, query: JudgedQuery, *, index: str) -> Vector:
        """The unit vector that a search by this query compares with the views. Raises as above."""
