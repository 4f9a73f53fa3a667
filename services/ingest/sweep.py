"""What nobody else finishes: unfinished jobs, deletions, changed columns, leftovers."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.core.errors import MargayError, NotFound
from services.core.media import stored_media
from services.core.ports import Ports
from services.core.queue import names
from services.core.types.documents import Media
from services.core.types.indexes import Collection, Index
from services.core.types.jobs import Due, JobKind
from services.ingest import change, former, references, staging, torn
from services.ingest.media import media_lock

logger: Final = logging.getLogger(__name__)

KEPT: Final = timedelta(days=1)
"""How long staged bytes and media that no document holds are kept."""
MARGIN: Final = timedelta(hours=1)
"""Bytes are staged before their job exists; no request takes this long."""
CHUNK: Final = 500


def run(ports: Ports) -> None:
    """Do all of it once; every part is safe to repeat and to run beside the others."""
    send_due(ports)
    with ports.database.read() as work:
        every = work.indexes.all()
    for index in every:
        try:
            finish_index(ports, index.name)
            torn.mend(ports, index.name)
        except MargayError as error:
            # One index that cannot be reached must not keep the others from being swept.
            logger.warning("sweep.index %s: %s", index.name, error)
    before = _nobody_waits_before(ports)
    drop_media(ports, before)
    drop_staged(ports, before)
    with ports.database.work() as work:
        work.idempotency.forget_expired(now=ports.clock())


def send_due(ports: Ports) -> None:
    """Send the tasks of every job that has something to do now; settle those that have nothing.

    A message that was lost, or never sent, is made up for here; one too many does nothing.
    """
    with ports.database.read() as work:
        due = work.jobs.due(now=ports.clock())
        paused = work.queues.paused()
    if not due:
        return
    with ports.database.work() as work:
        for job in due:
            for task in _tasks(job):
                if names.QUEUES[task] not in paused:
                    work.enqueue(task, job_id=job.job_id)
            if job.over:
                with suppress(NotFound):
                    work.jobs.settle(job.job_id, now=ports.clock())


def _tasks(job: Due) -> list[str]:
    if job.kind is JobKind.REBUILD:
        return [names.INDEX_REBUILD]
    wanted = {
        names.INGEST_EXPAND: not job.expanded,
        names.INGEST_PREPARE: job.queued,
        names.INGEST_EMBED: job.prepared,
    }
    return [task for task, due in wanted.items() if due]


def finish_index(ports: Ports, name: str) -> None:
    """Finish an index's deletions and column changes; drop collections nobody names."""
    with ports.database.read() as work:
        index = work.indexes.get(name)
        deleted = work.documents.deleted(name, limit=1)
        changed = work.documents.out_of_sync(name, limit=1)
    over = former.is_over(ports, index)
    if not deleted and not changed and not over and not _unwritten(ports, index):
        return
    with ports.locks.writing(name):
        with ports.database.read() as work:
            try:
                index = work.indexes.get(name)
            except NotFound:
                return
        _finish_deletions(ports, index)
        change.finish_changes(ports, index)
        if former.is_over(ports, index):
            index = replace(index, former=None)
            with ports.database.work() as work:
                work.indexes.save(index)
        leftover = _unwritten(ports, index)
        if leftover:
            # A rebuild cut short in its last step may have moved the alias already.
            ports.vectors.serve(index.serving())
        for generation in leftover:
            ports.vectors.drop(Collection(name, generation, index.settings))


def _unwritten(ports: Ports, index: Index) -> list[int]:
    named = {collection.generation for collection in index.written()}
    if index.former is not None:
        named.add(index.former.generation)
    return [number for number in ports.vectors.generations(index.name) if number not in named]


def _finish_deletions(ports: Ports, index: Index) -> None:
    while True:
        with ports.database.read() as work:
            deleted = work.documents.deleted(index.name, limit=CHUNK)
        if not deleted:
            return
        change.finish_deletions(ports, index, deleted)


def _nobody_waits_before(ports: Ports) -> datetime:
    """Before this, nothing was put aside that an unfinished job may still need."""
    before = ports.clock() - KEPT
    with ports.database.read() as work:
        unfinished = work.jobs.unfinished()
    return min([before, *(job.created_at - MARGIN for job in unfinished)])


def drop_media(ports: Ports, unlinked_before: datetime) -> None:
    """Remove expired media, and those that no document has held since."""
    while True:
        found = _abandoned(ports, unlinked_before)
        for index in sorted({media.index or "" for media in found}):
            with ports.locks.writing(media_lock(index)):
                # Looked at again under the lock: one of them may just have been asked for.
                again = _abandoned(ports, unlinked_before)
                _drop(ports, [media for media in again if (media.index or "") == index])
        if len(found) < CHUNK:
            return


def _abandoned(ports: Ports, unlinked_before: datetime) -> list[Media]:
    with ports.database.read() as work:
        return work.media.abandoned(now=ports.clock(), unlinked_before=unlinked_before, limit=CHUNK)


def _drop(ports: Ports, gone: list[Media]) -> None:
    for media in gone:
        stored_media.drop(ports.media, media)
    with ports.database.work() as work:
        work.media.remove([media.id for media in gone])


def drop_staged(ports: Ports, before: datetime) -> None:
    """Remove staged bytes older than that: their request failed, or their item is done."""
    for key in list(ports.media.keys(references.STAGED)):
        try:
            old = staging.staged_at(key) < before
        except ValueError:
            continue  # not ours
        if old:
            ports.media.delete(key)
