"""What becomes of a job whose task ended in an error: put off, and failed after too many."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from services.core.errors import MargayError, NotFound
from services.core.ports import Ports
from services.core.types.jobs import ItemError, JobKind
from services.ingest import rebuild

logger: Final = logging.getLogger(__name__)
PAUSE_S: Final = 5.0
"""After a part of ours was away, and after the first failure; the ledger doubles the latter."""


def guarded(ports: Ports, step: Callable[[Ports, str], None]) -> Callable[[str], None]:
    """Make a task of a step of a job: an error of it is noted in the job, and ends there."""

    def run(job_id: str) -> None:
        try:
            step(ports, job_id)
        except Exception as error:  # noqa: BLE001 - an edge: nobody above could say which job it was
            note(ports, job_id, error)

    return run


def note(ports: Ports, job_id: str, error: Exception) -> None:
    """Put the job off; fail it when an error of ours has ended its tasks too often in a row.

    A part of ours that is down may take as long as it takes: what was acknowledged is not given up
    for an outage. Never raises for a database that is down as well: the job is due again at once.
    """
    passing = isinstance(error, MargayError) and error.retryable
    try:
        if passing:
            logger.warning("task.put_off: job %s: %s", job_id, error)
            _put_off(ports, job_id)
        else:
            logger.error("task.failed: job %s", job_id, exc_info=error)
            _count(ports, job_id, error)
    except NotFound:
        return  # the index was deleted, and its jobs with it
    except MargayError as unnoted:
        logger.warning("failure.not_noted: job %s: %s", job_id, unnoted)


def _put_off(ports: Ports, job_id: str) -> None:
    with ports.database.work() as work:
        work.jobs.put_off(job_id, until=ports.clock() + timedelta(seconds=PAUSE_S))


def _count(ports: Ports, job_id: str, error: Exception) -> None:
    why = ItemError(
        code="internal_error",
        detail=f"a task ended in {type(error).__name__}; the log of its worker says more",
    )
    with ports.database.work() as work:
        failed = work.jobs.note_failure(
            job_id,
            why,
            now=ports.clock(),
            pause_s=PAUSE_S,
            limit=ports.settings.workers.max_failures,
        )
        job = work.jobs.get(job_id)
    if failed and job.kind is JobKind.REBUILD:
        rebuild.abandon(ports, job, why)
