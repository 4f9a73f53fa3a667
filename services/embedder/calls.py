"""One caller's contents on their way through the passes, and what the passes cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from threading import Event

import numpy as np

from models import base
from services.core.errors import MargayError
from services.core.types.vectors import Matrix

Modalities = tuple[base.Modality, ...]


@dataclass(slots=True)
class Call:
    """What one caller waits for. Changed only under its scheduler's lock once it is queued."""

    contents: Sequence[base.Content]
    purpose: base.Purpose
    width: int
    """Numbers in a raw vector."""
    deadline: float = inf
    """Monotonic time after which nobody waits any more."""
    raw: Matrix | None = None
    """Float32 `[len(contents), width]`, filled pass by pass."""
    missing: int = 0
    error: MargayError | None = None
    left: bool = False
    preprocess_s: float = 0.0
    forward_s: float = 0.0
    done: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.missing = len(self.contents)

    def gone(self, now: float) -> bool:
        """Whether a result would reach nobody: it failed, gave up or ran out of time."""
        return self.left or self.error is not None or now >= self.deadline

    def fill(self, rows: Sequence[int], vectors: Matrix) -> None:
        """Take the raw vectors of some contents."""
        if len(rows) == len(self.contents) and list(rows) == list(range(len(rows))):
            self.raw = vectors
        else:
            if self.raw is None:
                self.raw = np.empty((len(self.contents), self.width), dtype=np.float32)
            self.raw[list(rows)] = vectors
        self.missing -= len(rows)
        if self.missing == 0:
            self.done.set()

    def fail(self, error: MargayError) -> None:
        """Give up; the first reason counts."""
        self.error = self.error or error
        self.done.set()


@dataclass(frozen=True, slots=True)
class Item:
    """One content of a call, and its place in the line."""

    call: Call
    row: int
    weight: int
    number: int = 0
    """Who came first has the lower one."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What goes through one forward pass: contents that carry the same modalities."""

    modalities: Modalities
    purpose: base.Purpose
    items: Sequence[Item]

    def contents(self) -> list[base.Content]:
        return [item.call.contents[item.row] for item in self.items]

    def calls(self) -> list[Call]:
        """Each call once, in order of arrival."""
        return list({id(item.call): item.call for item in self.items}.values())

    def by_call(self) -> list[Batch]:
        """The same contents, each caller's apart."""
        return [
            Batch(self.modalities, self.purpose, [i for i in self.items if i.call is call])
            for call in self.calls()
        ]

    def halves(self) -> tuple[Batch, Batch]:
        """The same contents in two batches."""
        middle = (len(self.items) + 1) // 2
        return (
            Batch(self.modalities, self.purpose, self.items[:middle]),
            Batch(self.modalities, self.purpose, self.items[middle:]),
        )
