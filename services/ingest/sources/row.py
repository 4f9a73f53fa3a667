"""One row of a source, whatever the source is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """A row as read; `cursor` is where to go on after it, `number` counts rows from 1.

    `problem` says why the row could not be read; `fields` is then empty.
    """

    cursor: str
    number: int
    fields: Mapping[str, Any]
    problem: str | None = None


class SourceBroken(Exception):
    """The source cannot be read any further; the message says why."""
