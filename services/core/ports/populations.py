"""The ports of the watch: who notes searches, and the store of what is known of them together."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from services.core.types.populations import DriftReport, Population, QualityProbe, Searched


class SearchWatcher(Protocol):
    def searched(self, seen: Searched) -> None:
        """Take note of a search. Takes microseconds, waits for nobody, and never raises."""


class PopulationStore(Protocol):
    def add(self, population: Population) -> None:
        """Add to the index's of that kind that began at the same moment; the first makes it.

        What another `space` had there is replaced. Raises NotFound for the index.
        """

    def gathered(self, index: str, *, since: datetime) -> list[Population]:
        """What began then or later, oldest first; no baselines."""

    def set_baselines(self, index: str, populations: list[Population]) -> None:
        """Put them in the place of all that there are. Raises NotFound for the index."""

    def baselines(self, index: str) -> list[Population]: ...

    def forget(self, *, before: datetime) -> None:
        """Remove what began before; no baselines."""

    def sample_views(self, index: str, *, documents: int, shift: float) -> list[str]:
        """All view ids of up to so many live documents, spread evenly over their ids.

        `shift` (0 to 1) chooses others. One pass over the index's documents.
        """

    def put_drift(self, report: DriftReport) -> None:
        """Store or replace the index's. Raises NotFound for the index."""

    def drifts(self) -> list[DriftReport]:
        """The last one of every index that has one, by index."""

    def put_quality_probe(self, probe: QualityProbe) -> None:
        """Store or replace the index's. Raises NotFound for the index."""

    def quality_probes(self) -> list[QualityProbe]:
        """The last one of every index that has one, by index."""
