"""The ports to the task queue and to the lock that keeps one writer per index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

Handler: TypeAlias = Callable[..., None]


class Queue(Protocol):
    """Carries task names with ids. At least once: every task is safe to run twice."""

    def send(self, task: str, ids: Mapping[str, str]) -> None:
        """Hand over a task; an equal one that still waits may be merged with it."""

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Begin to run tasks with these handlers (called with the ids as keywords)."""

    def stop(self) -> None:
        """Let running tasks finish, drop waiting ones (the ledger sends them again)."""


class IndexLocks(Protocol):
    def writing(self, index: str) -> AbstractContextManager[None]:
        """Hold the right to write one index; re-entrant within a thread."""
