"""What a caller may do to a job: try its failures again, or stop it."""

from __future__ import annotations

from dataclasses import replace

from services.core.errors import Conflict
from services.core.ports import Ports
from services.core.queue import names
from services.core.types.indexes import Index
from services.core.types.jobs import Job, JobKind, JobState


def retry_failed(ports: Ports, job_id: str) -> Job:
    """Queue a job's failed items again, with fresh attempts.

    Raises NotFound; Conflict for a rebuild, or an import whose source could not be read at all.
    """
    with ports.database.work() as work:
        job = work.jobs.get(job_id)
        if job.kind is JobKind.REBUILD:
            raise Conflict("a rebuild is not retried; start another one")
        if job.state is JobState.FAILED and job.total == 0:
            raise Conflict("the import's source could not be read; start another import")
        if work.jobs.retry_failed(job_id, now=ports.clock()):
            work.enqueue(names.INGEST_PREPARE, job_id=job_id)
        return work.jobs.get(job_id)


def cancel(ports: Ports, job_id: str) -> Job:
    """Cancel what a job still has to do. Raises NotFound, Conflict if it has finished."""
    with ports.database.read() as work:
        index_name = work.jobs.get(job_id).index
    # Under the lock: a batch that is being written is either done or not begun.
    with ports.locks.writing(index_name), ports.database.work() as work:
        job = work.jobs.get(job_id)
        work.jobs.cancel(job_id, now=ports.clock())
        if job.kind is JobKind.REBUILD:
            # Its collection is dropped by the next sweep, like every one that nothing writes to.
            work.indexes.save(without_building(work.indexes.get(index_name)))
        return work.jobs.get(job_id)


def without_building(index: Index) -> Index:
    """The index with no collection being built beside the serving one."""
    former = index.former
    if former is not None and former.generation == index.building:
        former = replace(former, stale=True)
    return replace(
        index, former=former, building=None, building_settings=None, building_fingerprint=None
    )
