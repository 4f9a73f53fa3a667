"""Gathered populations into the database: every minute, and once more at the end."""

from __future__ import annotations

import logging
import threading
from typing import Final

from services.core.errors import MargayError, NotFound
from services.core.ports import Database
from services.insight.watch.gathering import Gathering

logger: Final = logging.getLogger(__name__)

EVERY_S: Final = 60.0


def store(database: Database, gathering: Gathering) -> None:
    """Add what was gathered to what is stored; without a database it stays where it is."""
    left = gathering.take()
    while left:
        try:
            with database.work() as work:
                work.populations.add(left[0])
        except NotFound:
            pass  # its index is gone, and nobody will ask for it
        except MargayError as error:
            gathering.put_back(left)
            logger.warning("watch.unstored, will be tried again: %s", error)
            return
        left = left[1:]


class Recorder:
    """A thread that stores what is gathered, until it is stopped."""

    def __init__(self, database: Database, gathering: Gathering, *, every_s: float = EVERY_S):
        self._database = database
        self._gathering = gathering
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Store what is left, and end."""
        self._ended.set()
        self._thread.join()
        store(self._database, self._gathering)

    def _run(self) -> None:
        while not self._ended.wait(self._every_s):
            try:
                store(self._database, self._gathering)
            except Exception:
                logger.exception("watch.unstored")
