"""Ports that stop, as a killed process does, at the n-th thing they are asked to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import Any

from services.core.ports import Ports


class Killed(BaseException):
    """No handler of ours catches it: nothing runs after it, as after SIGKILL."""


class Steps:
    """Counts what reaches the outside, and kills from the n-th on."""

    def __init__(self, last: int) -> None:
        self.taken = 0
        self.dead = False
        self._last = last
        self._lock = Lock()

    def take(self) -> None:
        with self._lock:
            self.taken += 1
            self.dead = self.dead or self.taken > self._last
            if self.dead:
                raise Killed


class _Counted:
    """Any port: every call of its methods is a step."""

    def __init__(self, inner: Any, steps: Steps) -> None:
        self._inner = inner
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._inner, name)
        if not callable(attribute):
            return attribute

        def call(*args: Any, **more: Any) -> Any:
            self._steps.take()
            return attribute(*args, **more)

        return call


class _CountedDatabase(_Counted):
    """Opening a transaction is a step, and so is its commit."""

    @contextmanager
    def work(self) -> Iterator[Any]:
        self._steps.take()
        with self._inner.work() as work:
            yield work
            self._steps.take()

    @contextmanager
    def read(self) -> Iterator[Any]:
        if self._steps.dead:
            raise Killed
        with self._inner.read() as work:
            yield work


def crashing(ports: Ports, steps: Steps) -> Ports:
    """The same ports, killed after `steps` calls."""
    return replace(
        ports,
        database=_CountedDatabase(ports.database, steps),
        vectors=_Counted(ports.vectors, steps),
        media=_Counted(ports.media, steps),
        embedder=_Counted(ports.embedder, steps),
    )
