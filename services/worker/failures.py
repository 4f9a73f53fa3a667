"""A task that ended in an error nobody expected is noted in its job, where operators look."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from services.core.ports import Ports
from services.core.types.jobs import ItemError

logger: Final = logging.getLogger(__name__)
PAUSE_S: Final = 5.0
"""After the first failure; the ledger doubles it."""


def note_failure(ports: Ports, job_id: str, what: str) -> None:
    """Put the job off, and fail it when it has failed too often in a row; never raises.

    `what` happened goes to people who may not see everything: no values of errors.
    """
    noted = ItemError(code="internal_error", detail=f"{what}; the log of its worker says more")
    try:
        with ports.database.work() as work:
            failed = work.jobs.note_failure(
                job_id,
                noted,
                now=ports.clock(),
                pause_s=PAUSE_S,
                limit=ports.settings.workers.max_failures,
            )
    except Exception:  # the database may be what failed; the job is due again at once then
        logger.exception("failure.not_noted: %s", job_id)
    else:
        logger.warning("job.%s: %s", "failed" if failed else "put_off", job_id)


def put_off(ports: Ports, job_id: str) -> None:
    """A store is away: leave the job alone for a moment, counting nothing; never raises."""
    try:
        with ports.database.work() as work:
            work.jobs.put_off(job_id, until=ports.clock() + timedelta(seconds=PAUSE_S))
    except Exception:  # the database may be what is away
        logger.info("job.not_put_off: %s", job_id, exc_info=True)
