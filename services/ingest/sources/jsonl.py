"""JSON Lines, one object a line, read from a byte offset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.ingest.sources.row import Row

MAX_LINE_BYTES: Final = 32 * 1024 * 1024


def rows(path: Path, cursor: str | None) -> Iterator[Row]:
    """Every line that is not blank; a cursor is `<byte offset>:<line number>`."""
    offset, number = (int(part) for part in cursor.split(":")) if cursor else (0, 0)
    with path.open("rb") as file:
        file.seek(offset)
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            whole = len(line) <= MAX_LINE_BYTES
            while not line.endswith(b"\n") and (more := file.readline(MAX_LINE_BYTES)):
                line = more
            here = f"{file.tell()}:{number}"
            if not whole:
                problem = f"the line is longer than {MAX_LINE_BYTES} bytes"
                yield Row(here, number, {}, problem)
            elif line.strip():
                yield _row(line, here, number)


def _row(line: bytes, cursor: str, number: int) -> Row:
    try:
        fields = json.loads(line.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return Row(cursor, number, {}, f"the line is not JSON: {error}"[:300])
    if not isinstance(fields, dict):
        return Row(cursor, number, {}, "the line is not a JSON object")
    return Row(cursor, number, fields)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")
