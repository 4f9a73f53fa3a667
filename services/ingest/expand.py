"""Read an import's source into items, chunk by chunk, each chunk with its cursor in one commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice

from services.core.errors import InputError, NotFound
from services.core.ports import Ports
from services.core.queue import names
from services.core.types.documents import Json
from services.core.types.indexes import Index
from services.core.types.jobs import ItemError, Job, JobState
from services.ingest import claims, document_json, parse, references, staging, tags
from services.ingest.accept import declared_attributes
from services.ingest.references import Form
from services.ingest.sources import mapping, spec
from services.ingest.sources import open as sources
from services.ingest.sources.row import Row, SourceBroken

CHUNKS_OF_BATCHES = 4
"""Rows of one commit, in batches of items."""
MOST_PICTURES = 4
_LOOKED_AT = frozenset({Form.PATH, Form.URL})


@dataclass(slots=True)
class _Chunk:
    """Rows of one commit: documents to do, and rows that are no documents."""

    documents: list[tuple[str, Mapping[str, Json]]] = field(default_factory=list)
    failures: list[tuple[str, Mapping[str, Json], ItemError]] = field(default_factory=list)


def run(ports: Ports, job_id: str) -> None:
    """Go on where the job's cursor is until its source ends; running it again adds nothing."""
    # Two workers that read one source would append its rows twice. A job that is not there, or not
    # any more, was deleted with its index.
    with ports.locks.trying(f"expand:{job_id}") as mine, suppress(NotFound):
        job = _started(ports, job_id) if mine else None
        if job is None or _given_up(job):
            return
        try:
            read = spec.parse(job.source, roots=ports.settings.ingest.import_roots)
        except InputError as error:
            _end(ports, job, ItemError("unreadable_source", error.detail))
            return
        _expand(ports, job, read)


def _started(ports: Ports, job_id: str) -> Job | None:
    with ports.database.work() as work:
        if claims.paused(work, names.INGEST_EXPAND):
            return None
        work.jobs.start(job_id, now=ports.clock())
        return work.jobs.get(job_id)


def _given_up(job: Job) -> bool:
    """Whether it was ended meanwhile, even if a retry of its failures opened it again."""
    return job.state.finished or job.expanded


def _expand(ports: Ports, job: Job, read: spec.ImportSpec) -> None:
    rows = sources.rows(read, job.cursor)
    size = ports.settings.ingest.batch_items * CHUNKS_OF_BATCHES
    while not claims.making_way(ports):
        chunk, problem = _take(rows, size)
        if chunk and not _append(ports, job, read, chunk):
            return
        if problem is not None:
            _end(ports, job, ItemError("unreadable_source", problem))
            return
        if len(chunk) < size:
            _end(ports, job, None)
            return


def _take(rows: Iterator[Row], size: int) -> tuple[list[Row], str | None]:
    """Return up to `size` rows, and why there are no more if the source broke."""
    taken: list[Row] = []
    try:
        for row in islice(rows, size):
            taken.append(row)  # one at a time, so that the rows before a break are kept
    except SourceBroken as broken:
        return taken, str(broken)
    return taken, None


def _append(ports: Ports, job: Job, read: spec.ImportSpec, rows: list[Row]) -> bool:
    """Write the rows as items with the cursor behind them; False, and nothing, if they must not be.

    Then the job is over, or its queue paused.
    """
    with ports.database.read() as work:
        index = work.indexes.get(job.index)
    with staging.staging(ports) as stage:
        chunk = _Chunk()
        for row in rows:
            _sort(ports, read, row, index=index, stage=stage, chunk=chunk)
        with ports.database.work() as work:
            now = ports.clock()
            over = _given_up(work.jobs.get(job.id))
            if over or claims.paused(work, names.INGEST_EXPAND):
                stage.forget()
                return False
            work.jobs.add_items(job.id, chunk.documents, now=now)
            for name, payload, error in chunk.failures:
                work.jobs.add_failed_item(job.id, name, payload, error=error, now=now)
            work.jobs.advance(job.id, cursor=rows[-1].cursor)
            work.enqueue(names.INGEST_PREPARE, job_id=job.id)
    return True


def _sort(
    ports: Ports,
    read: spec.ImportSpec,
    row: Row,
    *,
    index: Index,
    stage: staging.Stage,
    chunk: _Chunk,
) -> None:
    where = f"row {row.number}"
    if row.problem is not None:
        error = ItemError("invalid_document", f"{where}: {row.problem}")
        chunk.failures.append((where, _remembered(error), error))
        return
    declared = declared_attributes(index)
    raw = mapping.raw_document(row.fields, read, attributes=declared)
    try:
        document = parse.document(
            raw,
            attributes=declared,
            limits=ports.settings.ingest,
            allowed=references.IMPORT_FORMS,
            field=where,
        )
        tags.refuse_given(document.attributes, index, field=f"{where}.attributes")
        staged = stage.document(document, field=where)
    except InputError as refused:
        named = raw.get("id")
        name = named if isinstance(named, str) and 0 < len(named) <= 128 else where
        error = ItemError("invalid_document", refused.detail[:1000])
        pictures = _pictures(raw)
        chunk.failures.append((_printable(name), _remembered(error, pictures), error))
        return
    chunk.documents.append((staged.id, document_json.dump(staged)))


def _remembered(error: ItemError, pictures: Sequence[str] = ()) -> dict[str, Json]:
    """A payload that is no document but says why, so that a retry fails the same way.

    Pictures stay with it, for whoever looks at what has failed.
    """
    return {"invalid": error.detail} | ({"images": list(pictures)} if pictures else {})


def _pictures(raw: Mapping[str, object]) -> list[str]:
    """References to pictures that a refused row has, as far as they are any; the first few."""
    named = raw.get("images")
    found = []
    for each in named[:MOST_PICTURES] if isinstance(named, list) else ():
        with suppress(InputError):
            found.append(references.check(each, allowed=_LOOKED_AT, field="images"))
    return found


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)


def _end(ports: Ports, job: Job, error: ItemError | None) -> None:
    """No further items: leave what is there to go on, or fail a job that has none."""
    with ports.database.work() as work:
        now = ports.clock()
        current = work.jobs.get(job.id)
        if _given_up(current):
            return
        if error is not None and current.total == 0:
            work.jobs.finish(job.id, JobState.FAILED, error=error, now=now)
            return
        if error is not None:
            work.jobs.add_failed_item(
                job.id, "source", {"invalid": error.detail}, error=error, now=now
            )
        work.jobs.mark_expanded(job.id)
        work.jobs.settle(job.id, now=now)
