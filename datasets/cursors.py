"""Cursors for data sets that are read from their beginning: how many records there were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeVar

from datasets.errors import DatasetError
from datasets.records import Judged, Product

Record = TypeVar("Record", Product, Judged)


def numbered(records: Iterator[Record], *, after: str | None) -> Iterator[Record]:
    """Give each record its number as cursor, and leave out those up to `after`.

    Raises DatasetError if `after` is no number.
    """
    begin = number_of(after)
    for number, record in enumerate(records, start=1):
        if number > begin:
            yield replace(record, cursor=str(number))


def number_of(cursor: str | None) -> int:
    """The number in a cursor, 0 without one. Raises DatasetError."""
    if cursor is not None and not cursor.isdecimal():
        raise DatasetError(f"{cursor!r} is no place in this data set")
    return int(cursor or 0)
