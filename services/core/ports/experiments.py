"""The port to experiments and their last reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from services.core.types.documents import Json
from services.core.types.experiments import Experiment, StoredReport


class ExperimentStore(Protocol):
    def add(self, experiment: Experiment) -> None:
        """Raises Conflict if the name is taken, NotFound for the index."""

    def get(self, name: str) -> Experiment:
        """Raises NotFound."""

    def all(self, *, index: str | None = None) -> list[Experiment]:
        """All, or those of an index; the newest first."""

    def running(self) -> list[Experiment]:
        """Those of all indexes that run, in the order in which they were started."""

    def save(self, experiment: Experiment) -> None:
        """Replace the stored one. Raises NotFound."""

    def remove(self, name: str) -> None:
        """Forget it with its report; what was logged stays. Raises NotFound."""

    def unreported(self, *, now: datetime, every: timedelta, settling: timedelta) -> list[str]:
        """Those whose report is to be made now, by name.

        Those that run and have none younger than `every`, and those that ended `settling` ago or
        longer and have none from after that time.
        """

    def report(self, name: str) -> StoredReport | None:
        """The last report; None before the first. Raises NotFound."""

    def put_report(self, name: str, content: Mapping[str, Json], *, now: datetime) -> None:
        """Keep it in place of the last one. Raises NotFound."""
