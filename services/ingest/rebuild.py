"""A new collection filled from SQL beside the serving one, verified, then switched to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.core import ids
from services.core.errors import Conflict, InputError, NotFound
from services.core.ports import Ports
from services.core.queue import names
from services.core.types.documents import Document, Json, StoredDocument
from services.core.types.indexes import (
    AttributeType,
    Collection,
    Hnsw,
    Index,
    IndexSettings,
    Segments,
)
from services.core.types.jobs import ItemError, ItemState, Job, JobKind, JobState
from services.core.types.search import ViewRow
from services.ingest import change, claims, contents, embed, former, indexes, outcome
from services.ingest import tags as tagging
from services.ingest.jobs import without_building
from services.ingest.outcome import ItemFailed


class _Unfit(Exception):
    """The rebuild cannot be completed; the message says why."""


def start(
    ports: Ports,
    name: str,
    *,
    embedder: str | None = None,
    dimensions: int | None = None,
    attributes: Mapping[str, AttributeType] | None = None,
    hnsw: Hnsw | None = None,
    segments: Segments | None = None,
    tags: Mapping[str, Sequence[str]] | None = None,
) -> Job:
    """Begin to rebuild an index with these changes (None: as it is); the job tells the progress.

    Raises NotFound, InputError naming the setting, Conflict while another rebuild runs.
    """
    with ports.database.read() as work:
        old = work.indexes.get(name).settings
    same_embedder = embedder is None or embedder == old.embedder
    wanted = IndexSettings(
        embedder=embedder or old.embedder,
        dimensions=dimensions or (old.dimensions if same_embedder else 0),
        attributes=dict(old.attributes if attributes is None else attributes),
        hnsw=hnsw or old.hnsw,
        segments=segments or old.segments,
        tags=old.tags if tags is None else {name: tuple(words) for name, words in tags.items()},
    )
    settings, info = indexes.checked(ports, wanted)
    _check_types(old, settings)
    with ports.locks.writing(name):
        with ports.database.read() as work:
            index = work.indexes.get(name)
        if index.building is not None:
            raise Conflict(f"index {name!r} is being rebuilt already")
        # Above whatever an aborted rebuild may have left: its collection is not this one.
        number = max(index.generation, *ports.vectors.generations(name), 0) + 1
        building = replace(
            index,
            building=number,
            building_settings=settings,
            building_fingerprint=info.fingerprint,
        )
        ports.vectors.create(Collection(name, number, settings))
        return begin(ports, building)


def run(ports: Ports, job_id: str) -> None:
    """Go on where the job's cursor is, to the switch; safe to repeat."""
    # Two workers on one rebuild would only do the work twice.
    with ports.locks.trying(f"rebuild:{job_id}") as mine:
        if not mine:
            return
        try:
            with ports.database.work() as work:
                if claims.paused(work, names.INDEX_REBUILD):
                    return
                work.jobs.start(job_id, now=ports.clock())
                job = work.jobs.get(job_id)
            if job.state.finished:
                return
            if _fill(ports, job):
                _switch(ports, job)
        except NotFound:
            return  # the index was deleted, and its jobs with it
        except (_Unfit, ItemFailed, InputError) as error:
            abandon(ports, job, ItemError("rebuild_failed", str(error)[: outcome.MAX_DETAIL]))


def begin(ports: Ports, building: Index) -> Job:
    """Add the job that fills what is `building`; the caller holds the lock."""
    job_id = ids.new_id("job")
    settings = building.building_settings
    assert settings is not None
    with ports.database.work() as work:
        work.indexes.save(building)
        work.jobs.add(
            job_id,
            index=building.name,
            kind=JobKind.REBUILD,
            source=_source(building.building, settings),
            expanded=False,
            now=ports.clock(),
        )
        work.jobs.set_total(job_id, work.documents.count(building.name))
        work.enqueue(names.INDEX_REBUILD, job_id=job_id)
        return work.jobs.get(job_id)


def _source(generation: int | None, settings: IndexSettings) -> dict[str, Json]:
    return {
        "generation": generation,
        "embedder": settings.embedder,
        "dimensions": settings.dimensions,
        "attributes": {name: type.value for name, type in settings.attributes.items()},
        "hnsw": {"m": settings.hnsw.m, "ef_construction": settings.hnsw.ef_construction},
        "segments": {
            "length_s": settings.segments.length_s,
            "overlap_s": settings.segments.overlap_s,
            "frames": settings.segments.frames,
            "sound": settings.segments.sound.value,
        },
        "tags": {name: list(words) for name, words in settings.tags.items()},
    }


def _check_types(old: IndexSettings, new: IndexSettings) -> None:
    for name, type in new.attributes.items():
        if old.attributes.get(name, type) is not type:
            raise InputError.at(
                f"attributes.{name}",
                f"is {old.attributes[name]} now and cannot serve as {type} at the same time; "
                "rebuild without it first",
            )


def _fill(ports: Ports, job: Job) -> bool:
    """Write every document page by page; each page's cursor is committed behind its vectors.

    False when the task is to end, or its queue is paused, before all are written.
    """
    cursor, done = job.cursor, job.counts[ItemState.SUCCEEDED]
    size = ports.settings.ingest.batch_items
    while not claims.making_way(ports):
        with ports.database.read() as work:
            if claims.paused(work, names.INDEX_REBUILD):
                return False
            index = work.indexes.get(job.index)
            page = work.documents.page(job.index, after=cursor, limit=size)
        target = _target(index, job)
        if not page:
            return True
        if copied := former.out_of_date(ports, index, target, page):
            _copy(ports, job, index, copied)
        cursor, done = page[-1].document.id, done + len(page)
        with ports.database.work() as work:
            work.jobs.advance(job.id, cursor=cursor, done=done)
    return False


def _target(index: Index, job: Job) -> embed.Target:
    """The collection this job builds. Raises _Unfit when it is not being built any more."""
    wanted = (job.source or {}).get("generation")
    for target in embed.targets(index)[1:]:
        if target.collection.generation == wanted:
            return target
    raise _Unfit("the rebuild was cancelled")


def _copy(ports: Ports, job: Job, index: Index, page: Sequence[StoredDocument]) -> None:
    target = _target(index, job)
    rows = embed.rows(ports, target, [stored.document for stored in page])
    written = {
        stored.document.id: contents.written(ports.media, stored.document) for stored in page
    }
    document_ids = [stored.document.id for stored in page]
    with ports.locks.writing(job.index):
        with ports.database.read() as work:
            _target(work.indexes.get(job.index), job)
            live = {
                stored.document.id: stored
                for stored in work.documents.known(job.index, document_ids).values()
                if stored.sequence == page[document_ids.index(stored.document.id)].sequence
            }
        # What was written or deleted meanwhile went to this collection as well, and stays.
        kept = [
            (live[one.document.id], views)
            for one, views in zip(page, rows, strict=True)
            if one.document.id in live
        ]
        # A patch changes columns without a new sequence: take those of now, with the new tags.
        settings = target.collection.settings
        tagged = [(tagging.with_tags(one.document, views, settings), views) for one, views in kept]
        fresh = [_with_columns(row, document) for document, views in tagged for row in views]
        documents = [
            embed.document_row(document, written=written[document.id]) for document, _ in tagged
        ]
        ports.vectors.upsert(target.collection, fresh, documents)


def _with_columns(row: ViewRow, document: Document) -> ViewRow:
    return replace(row, attributes=document.filterable(), expires_at=document.expires_at)


def _switch(ports: Ports, job: Job) -> None:
    with ports.locks.writing(job.index):
        with ports.database.read() as work:
            index = work.indexes.get(job.index)
        target = _target(index, job)
        info = embed.embedder_of(ports, target)
        everything = list(indexes.all_documents(ports, job.index))
        segments = target.collection.settings.segments
        wanted = {
            one.document.id: indexes.expected_views(one, info, segments) for one in everything
        }
        derived = tagging.of_collection(ports, target.collection, target.fingerprint, wanted)
        _verify(ports, target, wanted)
        change.finish_changes(ports, index)
        ports.vectors.serve(target.collection)
        switched = replace(
            without_building(former.keep(ports, index)),
            generation=target.collection.generation,
            settings=target.collection.settings,
            fingerprint=target.fingerprint,
        )
        with ports.database.work() as work:
            now = ports.clock()
            for one in everything:
                document = replace(one.document, derived=derived[one.document.id])
                if list(one.views) != wanted[document.id] or document != one.document:
                    work.documents.put(
                        job.index,
                        document,
                        sequence=one.sequence,
                        views=wanted[document.id],
                        now=one.updated_at,  # the document is as it was
                    )
            work.indexes.save(switched)
            work.jobs.finish(job.id, JobState.SUCCEEDED, error=None, now=now)


def _verify(ports: Ports, target: embed.Target, wanted: Mapping[str, Sequence[str]]) -> None:
    views = {view_id for ids_ in wanted.values() for view_id in ids_}
    found = indexes.compare(ports, target.collection, views, set(wanted))
    if found.extra_views or found.extra_documents:
        # A write that a crash cut short leaves these, and in a former collection every deletion.
        _remove_others(ports, target.collection, views, set(wanted))
        found = indexes.compare(ports, target.collection, views, set(wanted))
    if not found.consistent:
        raise _Unfit(f"the new collection differs from SQL in {found.differences} rows")


def _remove_others(
    ports: Ports, collection: Collection, views: set[str], documents: set[str]
) -> None:
    ports.vectors.delete(
        collection,
        sorted(set(ports.vectors.document_ids(collection)) - documents),
        sorted(set(ports.vectors.view_ids(collection)) - views),
    )


def abandon(ports: Ports, job: Job, error: ItemError) -> None:
    """End the job and stop writing to its collection; the sweep drops it."""
    with ports.locks.writing(job.index), ports.database.work() as work:
        index = work.indexes.get(job.index)
        if (job.source or {}).get("generation") == index.building:
            work.indexes.save(without_building(index))
        if not work.jobs.get(job.id).state.finished:
            work.jobs.finish(job.id, JobState.FAILED, error=error, now=ports.clock())
