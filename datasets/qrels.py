"""Graded answers in TREC's format: a line of query, 0, document and grade each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from datasets.errors import DatasetError
from datasets.lines import lines

COLUMNS = 4


def judgments(path: Path) -> Iterator[tuple[str, str, int]]:
    """Query, document and grade of every line. Raises DatasetError naming the line."""
    for line in lines(path):
        columns = line.text.split()
        if len(columns) != COLUMNS or not columns[3].lstrip("-").isdecimal():
            raise DatasetError(f"{line.where} must be: query, 0, document, whole grade")
        yield columns[0], columns[2], int(columns[3])


def written(query_id: str, grades: Mapping[str, int]) -> str:
    """The lines of one query, best answers first."""
    ranked = sorted(grades.items(), key=lambda pair: (-pair[1], pair[0]))
    return "".join(f"{query_id} 0 {document} {grade}\n" for document, grade in ranked)
