"""Keeps an evaluation this worker's for as long as it is measured, however long a step takes."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from services.core.errors import MargayError
from services.core.ports import Ports

logger: Final = logging.getLogger(__name__)


@contextmanager
def held(ports: Ports, evaluation_id: str, *, worker: str) -> Iterator[None]:
    """Renew the lease every third of it, until left. That it is lost, the next part notices."""
    left = threading.Event()
    lease_s = ports.settings.ingest.lease_s

    def renew() -> None:
        while not left.wait(lease_s / 3):
            try:
                with ports.database.work() as work:
                    until = ports.clock() + timedelta(seconds=lease_s)
                    work.evaluations.hold(evaluation_id, worker=worker, until=until)
            except MargayError as error:
                logger.warning("lease.not_renewed: %s", error)  # two more tries before it is out

    keeper = threading.Thread(target=renew, name="evaluation-keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        left.set()
        keeper.join()
