"""Who works: the processes of a stack, as they say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """A process that was alive within the last seconds. `role`: ingest, embedder, beat."""

    role: str
    host: str
    pid: int
    started_at: datetime
    version: str


@dataclass(frozen=True, slots=True)
class Roster:
    """Who was alive a moment ago, and what the workers wrote about the models they have.

    `workers` are texts, each another for every process. `embedders` and `scorers` map a model's
    name to its description in JSON.
    """

    workers: frozenset[str]
    embedders: Mapping[str, str]
    scorers: Mapping[str, str]
