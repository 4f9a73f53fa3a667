"""Queued items to prepared ones: their media loaded, checked, normalised and stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from services.core.errors import InsufficientStorage, MargayError, NotFound, Unavailable
from services.core.media.kinds import Kind
from services.core.ports import Ports, UnitOfWork
from services.core.queue import names
from services.core.types.documents import Document, Json, Media, PagedFile, Recording
from services.core.types.jobs import Item, ItemState
from services.ingest import attached, claims, document_json, media, outcome
from services.ingest.loading import Loader
from services.ingest.media import Maker, Medium
from services.ingest.outcome import ItemFailed

WRITERS: Final = 8
"""Threads that store media: they wait for the disk, which takes many syncs at once."""
_Wanted: TypeAlias = tuple[Kind, str]
"""A reference and the kind that it must be of."""
_Made: TypeAlias = Mapping[_Wanted, Medium | MargayError | ItemFailed | None]
"""None: not tried any more, since the task is to make way."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """An item whose document and media, kind by kind, are known to be good."""

    item: Item
    document: Document
    media: tuple[Medium, ...]


def run(ports: Ports, job_id: str) -> None:
    """Prepare what is due of a job and hand it over to be embedded; safe to repeat."""
    threads = ports.settings.ingest.prepare_threads
    with (
        ThreadPoolExecutor(threads, "prepare") as pool,
        ThreadPoolExecutor(WRITERS, "write") as writers,
    ):
        for items in claims.batches(ports, job_id, ItemState.QUEUED):
            with claims.in_hand(ports, items):
                try:
                    _prepare(ports, items, pool=pool, writers=writers)
                except (Unavailable, InsufficientStorage) as error:
                    outcome.record_all(ports, items, error)
                except NotFound:
                    return  # the index was deleted, and its jobs with it


def _prepare(
    ports: Ports,
    items: Sequence[Item],
    *,
    pool: Executor,
    writers: Executor,
) -> None:
    ready, failed = _look_at(ports, items, pool=pool)
    claims.go_on(ports)
    with ports.locks.sharing(media.media_lock(items[0].index)):
        media.store(ports, _distinct(ready).values(), pool=writers)
        with ports.database.work() as work:
            _record(work, ports, items, ready, failed)


def _look_at(
    ports: Ports, items: Sequence[Item], *, pool: Executor
) -> tuple[list[_Ready], list[tuple[Item, MargayError | ItemFailed]]]:
    ready: list[_Ready] = []
    failed: list[tuple[Item, MargayError | ItemFailed]] = []
    documents: list[tuple[Item, Document]] = []
    for item in items:
        try:
            documents.append((item, _document(item)))
        except ItemFailed as error:
            failed.append((item, error))
    every = [document for _, document in documents]
    made = _make_all(ports, items[0], every, pool=pool)
    for item, document in documents:
        outcomes = [made[one.kind, one.reference] for one in attached.of(document)]
        good = tuple(one for one in outcomes if isinstance(one, Medium))
        bad = [one for one in outcomes if isinstance(one, MargayError | ItemFailed)]
        if bad:
            failed.append((item, bad[0]))
        elif len(good) == len(outcomes):
            ready.append(_Ready(item, document, good))
    return ready, failed


def _document(item: Item) -> Document:
    problem = item.payload.get("invalid")
    if problem is not None:
        raise ItemFailed("invalid_document", str(problem))
    return document_json.load(item.payload)


def _make_all(
    ports: Ports,
    item: Item,
    documents: Sequence[Document],
    *,
    pool: Executor,
) -> _Made:
    """Make each distinct reference once, in the pool; all of the first document in any case.

    A host that is silent takes its whole time for each address: a batch of them would take longer
    than a task may, get nowhere, and be begun again until its job has failed.
    """
    owners: dict[_Wanted, str | None] = {
        (one.kind, one.reference): document.owner
        for document in documents
        for one in attached.of(document)
    }
    if not owners:
        return {}
    with ports.database.read() as work:
        try:
            job = work.jobs.get(item.job_id)
        except NotFound:
            gone = ItemFailed("not_found", "the index was deleted")
            return dict.fromkeys(owners, gone)
    maker = Maker(ports, item.index, Loader(ports, job))
    first = {(one.kind, one.reference) for one in attached.of(documents[0])}

    def make(one: _Wanted) -> Medium | MargayError | ItemFailed | None:
        if one not in first and claims.making_way(ports):
            return None
        return maker.make(one[1], one[0], owner=owners[one])

    return dict(zip(owners, pool.map(make, owners), strict=True))


def _record(
    work: UnitOfWork,
    ports: Ports,
    items: Sequence[Item],
    ready: Sequence[_Ready],
    failed: Sequence[tuple[Item, MargayError | ItemFailed]],
) -> None:
    worker = items[0].claimed_by
    still = work.jobs.lock_pending([item.sequence for item in items], worker=worker)
    if not still:
        return
    now = ports.clock()
    for _, medium in sorted(
        _distinct(ready).items()
    ):  # in one order: another batch may have the same
        # Written even if it exists: a medium just asked for is not abandoned, however old.
        work.media.put(replace(medium.media, created_at=now))
    for one in ready:
        if one.item.sequence in still:
            work.jobs.mark_prepared(one.item.sequence, _prepared(one), now=now)
    for item, error in failed:
        if item.sequence in still:
            outcome.record(work, ports, item, error)
    if len(ready) + len(failed) < len(items):
        work.jobs.release(worker=worker or "")
    job_id = items[0].job_id
    if failed:
        work.jobs.settle(job_id, now=now)
    if ready:
        work.enqueue(names.INGEST_EMBED, job_id=job_id)


def _distinct(ready: Sequence[_Ready]) -> dict[str, Medium]:
    return {medium.media.id: medium for one in ready for medium in one.media}


def _prepared(one: _Ready) -> dict[str, Json]:
    # The same medium twice in one document is one medium: its views would be equal.
    found: dict[str, dict[str, Media]] = {kind: {} for kind in Kind}
    for medium in one.media:
        found[medium.media.kind][medium.media.id] = medium.media
    return document_json.dump(
        replace(
            one.document,
            images=tuple(found[Kind.IMAGE]),
            audio=tuple(_recording(each) for each in found[Kind.AUDIO].values()),
            video=tuple(_recording(each) for each in found[Kind.VIDEO].values()),
            files=tuple(
                PagedFile(each.id, each.pages or 0, each.worded)
                for each in found[Kind.FILE].values()
            ),
        )
    )


def _recording(media: Media) -> Recording:
    return Recording(media.id, media.duration_s or 0.0, media.sound, media.sound_s)
