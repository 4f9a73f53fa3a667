"""Removes searches and events that are older than they may be kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from services.core.ports import Ports, UnitOfWork

CHUNK: Final = 5_000
"""Rows in one transaction: others get their turn in between."""


def run(ports: Ports) -> int:
    """Remove all that is too old; how many rows. Safe to repeat, and to stop anywhere."""
    before = ports.clock() - timedelta(days=ports.settings.events.keep_days)
    steps: list[Callable[[UnitOfWork], int]] = [
        lambda work: work.events.forget(before, limit=CHUNK),
        lambda work: work.searches.forget(before, limit=CHUNK),
    ]
    removed = 0
    for step in steps:
        while not ports.yielding():
            with ports.database.work() as work:
                gone = step(work)
            removed += gone
            if gone < CHUNK:
                break
    return removed
