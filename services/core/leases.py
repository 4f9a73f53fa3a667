"""Keeps a lease on what is in hand, however long that takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from services.core.errors import MargayError
from services.core.ports import Ports, UnitOfWork

logger: Final = logging.getLogger(__name__)

RENEWALS: Final = 3
"""How often a lease is renewed in its time: all but the last may fail."""


@contextmanager
def kept(ports: Ports, hold: Callable[[UnitOfWork, datetime], object]) -> Iterator[None]:
    """Call `hold(work, until)` in a transaction of its own every third of a lease, until left."""
    left = threading.Event()
    lease_s = ports.settings.ingest.lease_s

    def renew() -> None:
        while not left.wait(lease_s / RENEWALS):
            try:
                with ports.database.work() as work:
                    hold(work, ports.clock() + timedelta(seconds=lease_s))
            except MargayError as error:
                logger.warning("lease.not_renewed: %s", error)

    keeper = threading.Thread(target=renew, name="lease-keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        left.set()
        keeper.join()
