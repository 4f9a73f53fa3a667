"""The kinds of workers: which queues each empties, and with what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from services.core.queue import names
from services.core.settings import Workers


@dataclass(frozen=True, slots=True)
class Role:
    """`queues`: the first is emptied first. `hands`: how many tasks at once."""

    name: str
    pool: Literal["prefork", "threads"]
    queues: tuple[str, ...]
    hands: Callable[[Workers], int]

    def tasks(self) -> tuple[str, ...]:
        """The tasks of its queues that work through a job or keep things up."""
        return tuple(task for task, queue in names.QUEUES.items() if queue in self.queues)


INGEST: Final = Role(
    "ingest",
    # Processes: one can be killed, and one that dies of a broken file takes no other with it.
    "prefork",
    (names.MAINTENANCE, names.INGEST, names.INSIGHT),
    lambda workers: workers.ingest_processes,
)
EMBEDDER: Final = Role(
    "embedder",
    # Threads: one process owns the device and the models, and nothing forks after CUDA started.
    "threads",
    (names.EMBED_QUERY, names.EMBED_INDEX),
    lambda workers: workers.query_threads + workers.index_threads,
)
ROLES: Final = {role.name: role for role in (INGEST, EMBEDDER)}
