"""Parquet files, a batch of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from services.core.types.documents import Json
from services.ingest.sources.row import Row, SourceBroken

BATCH_ROWS = 1024


def rows(path: Path, cursor: str | None) -> Iterator[Row]:
    """Every row, nulls left out; a cursor is the number of rows read.

    Raises SourceBroken for a file that is no Parquet or is damaged.
    """
    done = int(cursor) if cursor else 0
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                if number + batch.num_rows <= done:
                    number += batch.num_rows
                    continue
                for fields in batch.to_pylist():
                    number += 1
                    if number > done:
                        yield _row(fields, number)
    except (pa.ArrowException, OSError) as error:
        raise SourceBroken(f"the file is not readable as Parquet: {error}"[:300]) from error


def _row(fields: dict[str, Any], number: int) -> Row:
    try:
        present = {name: _json(value) for name, value in fields.items() if value is not None}
    except TypeError as error:
        return Row(str(number), number, {}, str(error))
    return Row(str(number), number, present)


def _json(value: Any) -> Json:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        # Parquet's naive times are UTC by convention.
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _json(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_json(part) for part in value]
    raise TypeError(f"a column holds {type(value).__name__} values, which no document field takes")
