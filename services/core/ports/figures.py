"""The port to the figures that operators watch."""

from __future__ import annotations

from typing import Protocol

from services.core.types.figures import LedgerFigures, RecallProbe


class FigureStore(Protocol):
    def ledger(self) -> LedgerFigures:
        """Count jobs and items; cheap enough for every scrape."""

    def sample_views(self, index: str, *, count: int, shift: float) -> list[str]:
        """View ids of up to `count` live documents, spread evenly over the ids.

        `shift` (0 to 1) moves all of them by that part of their distance: the same shift of the
        same documents gives the same ids.
        """

    def recall_probes(self) -> list[RecallProbe]:
        """The last one of every index that has one, by index."""

    def put_recall_probe(self, probe: RecallProbe) -> None:
        """Store or replace the index's. Raises NotFound for the index."""
