"""Who works: the processes of a stack, as they say of themselves."""

from __future__ import annotations

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
