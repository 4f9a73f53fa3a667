"""The port to what was counted of those who took part in an experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from services.core.types.experiments import Experiment
from services.core.types.exposures import ClientTotals, Interleaved, KindTotals, Reached


class ExposureStore(Protocol):
    """Searches of an experiment since it was started, until it was stopped, and their events.

    Bots, searches without a client and events that do not count (see EventStore.add) are left out.
    """

    def clients(self, experiment: Experiment) -> list[ClientTotals]:
        """By variant, those that had any client."""

    def kinds(self, experiment: Experiment) -> list[KindTotals]:
        """By variant and kind of query."""

    def reached(self, experiment: Experiment) -> Iterator[Reached]:
        """Each variant, client and document once, in no particular order."""

    def latencies_ms(self, experiment: Experiment, variant: str, *, limit: int) -> list[float]:
        """Of the variant's pages, or of so many of them, drawn at random."""

    def served(self, experiment: Experiment) -> Mapping[str | None, Mapping[str | None, int]]:
        """How many pages of each variant were made by which configuration.

        Of an interleaving, how many were made of both (under None) and how many by control alone.
        """

    def interleaved(self, experiment: Experiment) -> Iterator[Interleaved]:
        """Every interleaved page, whether or not anything was done with it; in no order."""
