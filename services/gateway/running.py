"""The experiments that run, with their configurations, as this process last read them."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.core.errors import Unavailable
from services.core.ports import Database
from services.core.types.configurations import Configuration
from services.core.types.experiments import Experiment

logger: Final = logging.getLogger(__name__)

FRESH_S: Final = 2.0
"""How old what is known may be: so long may a process serve an experiment that was stopped."""


@dataclass(frozen=True, slots=True)
class Known:
    """Experiments by index, in the order in which they were started, and all configurations.

    Where no experiment runs, no configuration is read.
    """

    experiments: Mapping[str, tuple[Experiment, ...]] = field(default_factory=dict)
    configurations: Mapping[str, Configuration] = field(default_factory=dict)


class Running:
    """Read again every two seconds, by one of those who ask; the others take what is there."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._reading = threading.Lock()
        self._known: Known | None = None
        self._until = 0.0

    def known(self) -> Known:
        """What runs. While it cannot be read, what was known before: nothing fails for it."""
        known = self._known
        if known is not None and self._clock() < self._until:
            return known
        # Only who comes first of all has nothing to go on with, and waits.
        if not self._reading.acquire(blocking=known is None):
            return known or Known()
        try:
            if self._known is None or self._clock() >= self._until:
                self._known = self._read(self._known or Known())
                self._until = self._clock() + FRESH_S
            return self._known
        finally:
            self._reading.release()

    def forget(self) -> None:
        """Have it read anew: an experiment was started or stopped here."""
        with self._reading:
            self._until = 0.0

    def _read(self, before: Known) -> Known:
        try:
            with self._database.read() as work:
                running = work.experiments.running()
                configurations = work.configurations.all() if running else []
        except Unavailable as error:
            logger.warning("experiments.unread: %s", error)
            return before
        by_index: defaultdict[str, list[Experiment]] = defaultdict(list)
        for each in running:
            by_index[each.index].append(each)
        return Known(
            {index: tuple(those) for index, those in by_index.items()},
            {each.name: each for each in configurations},
        )
