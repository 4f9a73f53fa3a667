"""Rows of a Parquet file, some columns of them, from any row on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from datasets.errors import DatasetError

BATCH: Final = 4_096
"""Rows that are in memory as Python objects."""


def rows(
    path: Path, columns: Sequence[str], *, start: int = 0
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows from `start` (0-based) on, each with its number; whole row groups before are skipped.

    Raises DatasetError if the file cannot be read or lacks a column.
    """
    # Not before a Parquet file is read: it takes a second, which every command would wait for.
    import pyarrow
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            missing = [name for name in columns if name not in file.schema_arrow.names]
            if missing:
                raise DatasetError(f"{path.name} lacks the column {missing[0]}")
            number, groups = _from(file, start)
            for batch in file.iter_batches(BATCH, row_groups=groups, columns=list(columns)):
                if number + batch.num_rows > start:
                    for at, row in enumerate(batch.to_pylist(), start=number):
                        if at >= start:
                            yield at, row
                number += batch.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DatasetError(f"{path.name} cannot be read as Parquet: {reason}") from error


def count(path: Path) -> int:
    """How many rows there are. Raises DatasetError if the file cannot be read."""
    import pyarrow
    from pyarrow import parquet

    try:
        return int(parquet.read_metadata(path).num_rows)
    except (pyarrow.ArrowException, OSError) as error:
        raise DatasetError(f"{path.name} cannot be read as Parquet") from error


def _from(file: Any, start: int) -> tuple[int, list[int]]:
    """The first row of the first row group that is needed, and the groups from there on."""
    number = 0
    for group in range(file.num_row_groups):
        size = file.metadata.row_group(group).num_rows
        if number + size > start:
            return number, list(range(group, file.num_row_groups))
        number += size
    return number, []
