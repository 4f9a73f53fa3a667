"""Comma-separated values with a header line."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from services.ingest.sources.row import Row, SourceBroken

MAX_CELL: Final = 1024 * 1024


def rows(path: Path, cursor: str | None, *, delimiter: str = ",") -> Iterator[Row]:
    """Every row after the header, empty cells left out; a cursor is the number of rows read.

    Raises SourceBroken for a file that is not UTF-8 or whose quoting has no end.
    """
    csv.field_size_limit(MAX_CELL)
    done = int(cursor) if cursor else 0
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            header = next(reader, [])
            if len(set(header)) != len(header):
                raise SourceBroken("two columns have the same name")
            for number, cells in enumerate(islice(reader, done, None), start=done + 1):
                if cells:
                    yield _row(header, cells, number)
        except UnicodeDecodeError as error:
            raise SourceBroken("the file is not UTF-8 text") from error
        except csv.Error as error:
            raise SourceBroken(f"the file is not readable as csv: {error}") from error


def _row(header: list[str], cells: list[str], number: int) -> Row:
    if len(cells) != len(header):
        problem = f"the row has {len(cells)} cells, the header {len(header)}"
        return Row(str(number), number, {}, problem)
    present = {name: cell for name, cell in zip(header, cells, strict=True) if cell != ""}
    return Row(str(number), number, present)
