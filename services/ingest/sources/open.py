"""Open the source that an import's specification names."""

from __future__ import annotations

from collections.abc import Iterator

from services.ingest.sources import csv_file, folder, jsonl
from services.ingest.sources.row import Row, SourceBroken
from services.ingest.sources.spec import ImportSpec, SourceType


def rows(spec: ImportSpec, cursor: str | None) -> Iterator[Row]:
    """Stream the rows after `cursor`. Raises SourceBroken when the source cannot be read."""
    try:
        yield from _rows(spec, cursor)
    except OSError as error:
        raise SourceBroken(f"the source cannot be read: {error.strerror or error}") from error


def _rows(spec: ImportSpec, cursor: str | None) -> Iterator[Row]:
    match spec.type:
        case SourceType.JSONL:
            return jsonl.rows(spec.path, cursor)
        case SourceType.CSV:
            return csv_file.rows(spec.path, cursor, delimiter=spec.delimiter)
        case SourceType.PARQUET:
            # Not before such a file is read: a gateway, which reads none, is without pyarrow.
            from services.ingest.sources import parquet

            return parquet.rows(spec.path, cursor)
        case SourceType.FOLDER:
            return folder.rows(spec.path, cursor)
