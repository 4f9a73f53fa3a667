"""`margay beat`: sends the upkeep's two tasks at their times, and nothing else."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Final

from services.core import checks
from services.core.queue import names
from services.core.queue.celery_app import make_app
from services.core.queue.celery_queue import CeleryQueue
from services.core.settings import Settings
from services.worker.ending import LOOK_S, Ending
from services.worker.heart import Heart, whoami

logger: Final = logging.getLogger(__name__)
ROLE: Final = "beat"


def run(settings: Settings) -> None:
    """Beat until SIGTERM or Ctrl-C. Raises SettingsError without a Redis for a broker
    or a data folder that can be written to.

    The schedule is in memory: after a restart everything is due once, and a message that still
    waits is not sent again, so that neither a second beat nor dead workers pile anything up.
    """
    app = make_app(settings)
    checks.data_folder_writable(settings)
    queue = CeleryQueue(app)
    heart = Heart(app, whoami(ROLE), folder=settings.stores.data_dir)
    periods = {
        names.SWEEP: settings.ingest.sweep_every_s,
        names.DUE: settings.workers.due_every_s,
    }
    with Ending() as ending:
        heart.start()
        logger.info("beat.started")
        keep_time(periods, lambda task: queue.send(task, {}), ended=ending.begun)
        heart.stop()


def keep_time(
    periods: Mapping[str, float], send: Callable[[str], None], *, ended: Callable[[], bool]
) -> None:
    """Send each task at once and then once in its period (seconds), until `ended`."""
    due = dict.fromkeys(periods, time.monotonic())
    while not ended():
        now = time.monotonic()
        for task in [each for each, at in due.items() if at <= now]:
            send(task)
            # From now, not from when it was due: what a stopped machine missed is not made up.
            due[task] = now + periods[task]
        time.sleep(LOOK_S)
