"""An import whose file came with the request: read at once, row by row, into one job.

Its rows are in SQL when the request is answered, so the file itself is not kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from services.core import ids
from services.core.errors import InputError, TooLarge
from services.core.ports import Ports
from services.core.queue import names
from services.core.types.documents import Json
from services.core.types.jobs import ItemError, Job, JobKind
from services.ingest import document_json, preview, staging
from services.ingest.accept import Within
from services.ingest.sources import open as sources
from services.ingest.sources import spec
from services.ingest.sources.row import Row, SourceBroken

TYPES: Final = {
    ".csv": spec.SourceType.CSV,
    ".jsonl": spec.SourceType.JSONL,
    ".ndjson": spec.SourceType.JSONL,
}
"""What an uploaded file may be, by how its name ends."""
_PRINTED: Final = 128
_Documents: TypeAlias = list[tuple[str, Mapping[str, Json]]]
_Failures: TypeAlias = list[tuple[str, ItemError]]


@contextmanager
def opened(name: str, data: bytes, raw: Mapping[str, Any]) -> Iterator[spec.ImportSpec]:
    """The specification of an uploaded file, which lies in a folder of its own until the end.

    `raw` is `{type?, mapping?, defaults?, delimiter?}`. Raises InputError naming the field.
    """
    type = raw.get("type") or TYPES.get(Path(name).suffix.lower())
    if type not in tuple(TYPES.values()):
        raise InputError.at(
            "type", f"must be csv or jsonl, or the name of the file end in {', '.join(TYPES)}"
        )
    with tempfile.TemporaryDirectory(prefix="margay-upload-") as folder:
        path = Path(folder) / "upload"
        path.write_bytes(data)
        yield spec.parse({**raw, "type": type, "path": path.name}, roots=(Path(folder),))


def accept(
    ports: Ports,
    index: str,
    name: str,
    read: spec.ImportSpec,
    *,
    within: Within | None = None,
) -> Job:
    """Accept every row as one job; a row that is no document is an item that has failed.

    Raises NotFound for the index; InputError at `file` for one that cannot be read to its end, or
    has no rows; TooLarge for more rows than a request may have; InsufficientStorage.
    """
    with ports.database.read() as work:
        found = work.indexes.get(index)
    rows = _rows(read, most=ports.settings.ingest.max_documents_per_request)
    with staging.staging(ports) as stage:
        documents: _Documents = []
        failures: _Failures = []
        for row in rows:
            try:
                document = preview.document_of(ports, found, read, row, uploaded=True)
                staged = stage.document(document, field=f"row {row.number}")
            except InputError as refused:
                error = ItemError("invalid_document", refused.detail[:1000])
                failures.append((_name(row, read), error))
            else:
                documents.append((staged.id, document_json.dump(staged)))
        return _job(ports, index, _source(name, read), (documents, failures), within=within)


def _rows(read: spec.ImportSpec, *, most: int) -> list[Row]:
    rows: list[Row] = []
    try:
        for row in sources.rows(read, None):
            if len(rows) == most:
                raise TooLarge.at(
                    "file", f"must have at most {most} rows; import larger ones from the server"
                )
            rows.append(row)
    except SourceBroken as broken:
        raise InputError.at("file", str(broken)) from broken
    if not rows:
        raise InputError.at("file", "must have at least one row")
    return rows


def _job(
    ports: Ports,
    index: str,
    source: Mapping[str, Json],
    rows: tuple[_Documents, _Failures],
    *,
    within: Within | None,
) -> Job:
    documents, failures = rows
    job_id = ids.new_id("job")
    with ports.database.work() as work:
        now = ports.clock()
        work.indexes.get(index)
        work.jobs.add(
            job_id,
            index=index,
            kind=JobKind.IMPORT,
            source=dict(source),
            expanded=True,
            now=now,
        )
        work.jobs.add_items(job_id, documents, now=now)
        for name, error in failures:
            payload: dict[str, Json] = {"invalid": error.detail}
            work.jobs.add_failed_item(job_id, name, payload, error=error, now=now)
        work.jobs.settle(job_id, now=now)
        job = work.jobs.get(job_id)
        if within is not None:
            within(work, job)
        work.enqueue(names.INGEST_PREPARE, job_id=job_id)
        return job


def _source(name: str, read: spec.ImportSpec) -> dict[str, Json]:
    printed = "".join(each if each.isprintable() else "?" for each in name)[:_PRINTED]
    return {**read.json(), "path": None, "upload": printed}


def _name(row: Row, read: spec.ImportSpec) -> str:
    """What a failed row is listed as: its id where it has a possible one."""
    named = row.fields.get(read.mapping.get("id", "id"))
    if isinstance(named, str) and ids.DOCUMENT_ID.fullmatch(named):
        return named
    return f"row {row.number}"
