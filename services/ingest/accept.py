"""Acceptance: a whole request becomes a job in one transaction, or leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from services.core import ids
from services.core.ports import Ports, UnitOfWork
from services.core.queue import names
from services.core.types.indexes import AttributeType, Index
from services.core.types.jobs import Job, JobKind
from services.ingest import document_json, parse, staging, tags
from services.ingest.sources import spec

Within: TypeAlias = Callable[[UnitOfWork, Job], None]
"""Called inside the accepting transaction (to remember an answer for an Idempotency-Key)."""


def accept(
    ports: Ports,
    index: str,
    raw: object,
    *,
    files: Mapping[str, bytes] | None = None,
    within: Within | None = None,
) -> Job:
    """Accept a list of JSON documents, with uploaded parts by name, as one job.

    When it returns, the documents are durable. Raises NotFound for the index, InputError naming
    `documents[i].field` or `files.name`, InsufficientStorage; then nothing is kept.
    """
    settings = ports.settings.ingest
    with ports.database.read() as work:
        found = work.indexes.get(index)
    documents = parse.documents(raw, attributes=declared_attributes(found), limits=settings)
    for place, document in enumerate(documents):
        tags.refuse_given(document.attributes, found, field=f"documents[{place}].attributes")
    staging.check_files(documents, files or {})
    with staging.staging(ports, files=files) as stage:
        staged = [
            stage.document(document, field=f"documents[{place}]")
            for place, document in enumerate(documents)
        ]
        items = [(document.id, document_json.dump(document)) for document in staged]
        job_id = ids.new_id("job")
        with ports.database.work() as work:
            now = ports.clock()
            work.indexes.get(index)
            work.jobs.add(
                job_id, index=index, kind=JobKind.DOCUMENTS, source=None, expanded=True, now=now
            )
            work.jobs.add_items(job_id, items, now=now)
            return _handed_over(work, job_id, names.INGEST_PREPARE, within)


def accept_import(ports: Ports, index: str, raw: object, *, within: Within | None = None) -> Job:
    """Accept an import: `{type, path, mapping?, defaults?, delimiter?}` of files on the server.

    Raises NotFound for the index; InputError for a path outside the import roots, a missing file,
    an unknown field.
    """
    read = spec.parse(raw, roots=ports.settings.ingest.import_roots)
    job_id = ids.new_id("job")
    with ports.database.work() as work:
        work.indexes.get(index)
        work.jobs.add(
            job_id,
            index=index,
            kind=JobKind.IMPORT,
            source=read.json(),
            expanded=False,
            now=ports.clock(),
        )
        return _handed_over(work, job_id, names.INGEST_EXPAND, within)


def declared_attributes(index: Index) -> dict[str, AttributeType]:
    """Attributes a document must satisfy: of the serving collection and of the one being built."""
    building = index.building_settings
    return {**index.settings.attributes, **(building.attributes if building else {})}


def _handed_over(work: UnitOfWork, job_id: str, task: str, within: Within | None) -> Job:
    job = work.jobs.get(job_id)
    if within is not None:
        within(work, job)
    work.enqueue(task, job_id=job_id)
    return job
