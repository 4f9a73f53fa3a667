"""Taking a job's items in turn, and knowing which takers are gone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from datetime import timedelta

from services.core.errors import NotFound
from services.core.ports import Ports
from services.core.types.jobs import Item, ItemState

LOCAL_WORKERS = "local/"
"""Every worker of the embedded mode begins so: after a restart none of them is alive."""


def batches(ports: Ports, job_id: str, state: ItemState, *, lease_s: float) -> Iterator[list[Item]]:
    """Claim batch after batch until nothing is due, then settle the job.

    Ends early when the process is to stop: the next start sends what is unfinished again.
    """
    worker = f"{LOCAL_WORKERS}{secrets.token_hex(8)}"
    while not ports.stopping():
        with ports.database.work() as work:
            now = ports.clock()
            try:
                work.jobs.start(job_id, now=now)
                items = work.jobs.claim(
                    job_id,
                    state,
                    limit=ports.settings.ingest.batch_items,
                    worker=worker,
                    now=now,
                    lease_s=lease_s,
                )
                if not items:
                    work.jobs.settle(job_id, now=now)
            except NotFound:
                return  # the index was deleted, and its jobs with it
        if not items:
            return
        yield items


def hold(ports: Ports, items: Sequence[Item], *, lease_s: float) -> None:
    """Keep a batch that takes longer than its lease; call it while it is worked on."""
    until = ports.clock() + timedelta(seconds=lease_s)
    with ports.database.work() as work:
        work.jobs.hold([item.sequence for item in items], until=until)


def held_by_local_workers(ports: Ports) -> list[Item]:
    """Prepared items that were in the hands of a process that is gone."""
    with ports.database.read() as work:
        return work.jobs.held(worker_prefix=LOCAL_WORKERS)


def forget_local_workers(ports: Ports) -> int:
    """Drop the claims of a process that is gone; call it before any worker starts."""
    with ports.database.work() as work:
        return work.jobs.release(worker_prefix=LOCAL_WORKERS)
