"""The ports to the task queue and to the lock that keeps one writer per index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from services.core.types.work import WorkerInfo

Handler: TypeAlias = Callable[..., None]


class Queue(Protocol):
    """Carries task names with ids. At least once: every task is safe to run twice."""

    def send(self, task: str, ids: Mapping[str, str], *, delay_s: float = 0.0) -> None:
        """Hand over a task, to run no sooner than in `delay_s` seconds.

        An equal one that still waits may be merged with it; the earlier time counts.
        """

    def start(self, handlers: Mapping[str, Handler]) -> None:
        """Begin to run tasks with these handlers (called with the ids as keywords)."""

    def stop(self) -> None:
        """Let running tasks finish, drop waiting ones (the ledger sends them again)."""

    def stopping(self) -> bool:
        """Tell whether `stop` was called: what runs is waited for."""

    def waiting(self, queue: str) -> int | None:
        """Messages that wait in one of the queues; None if it cannot be told."""


class Workforce(Protocol):
    def workers(self) -> tuple[WorkerInfo, ...]:
        """Who is alive, by role and host. Raises Unavailable if it cannot be told."""


class IndexLocks(Protocol):
    """Locks by name (an index, `media:<index>`, `rebuild:<job>`), across every process."""

    def writing(self, name: str) -> AbstractContextManager[None]:
        """Hold it alone; re-entrant within a thread. Raises Unavailable if it cannot be had."""

    def sharing(self, name: str) -> AbstractContextManager[None]:
        """Hold it beside others that share it, while nobody is `writing`; not to be nested."""

    def trying(self, name: str) -> AbstractContextManager[bool]:
        """As `writing`, but never waits: yields False, holding nothing, if another has it."""
