"""The ports to what the log says in numbers, and to what is learned of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from services.core.types.analytics import (
    Answers,
    By,
    Deeds,
    Judged,
    LearnedSignal,
    Period,
    StoredPropensities,
    Wanted,
)


class AnalyticsStore(Protocol):
    """Only events that count are counted, and no bot's searches.

    `index` None: of all indexes. `attribute` is the declared string attribute that BY CATEGORY
    takes of the documents as they are now.
    """

    def deeds(
        self, by: By, period: Period, *, index: str | None, attribute: str = ""
    ) -> list[Deeds]:
        """By key, variant and position."""

    def answers(self, by: By, period: Period, *, index: str | None) -> list[Answers]:
        """By key and variant. Raises ValueError for a `by` that tells documents apart."""

    def by_document(self, index: str, period: Period) -> list[Deeds]:
        """The key is the document; by document and position."""

    def by_text(self, index: str, period: Period, *, least_clients: int) -> list[Judged]:
        """By text (case aside), document and position.

        Texts are left out that fewer clients searched for; a search without client is one of
        its own.
        """

    def wanted(self, index: str, period: Period, *, limit: int) -> list[Wanted]:
        """The texts searched for most, most frequent first, equally frequent ones by text."""


class LearningStore(Protocol):
    def propensities(self, index: str) -> StoredPropensities | None: ...

    def put_propensities(self, index: str, propensities: StoredPropensities) -> None:
        """Store or replace the index's. Raises NotFound for the index."""

    def drop_propensities(self, index: str) -> None:
        """Forget the index's, if it has any."""

    def replace_signals(
        self,
        index: str,
        signals: Sequence[LearnedSignal],
        *,
        mean: float | None,
        now: datetime,
    ) -> None:
        """Store these, and no others, for the index. Raises NotFound for the index.

        `mean` is the rate of all of them together, None where nothing was looked at.
        """

    def ctr(self, index: str, document_ids: Sequence[str]) -> Mapping[str, float]:
        """Of all of these, of those nothing is known of the mean; empty where nothing is.

        Cheap enough for a search.
        """

    def signals(self, index: str, *, limit: int) -> list[LearnedSignal]:
        """The highest rates first, equal ones by document."""

    def learned_at(self, index: str) -> datetime | None:
        """When the signals were replaced last; None before the first time."""
