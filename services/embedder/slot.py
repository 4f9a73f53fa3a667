"""One model's place in memory: loaded when first needed, given back when long unused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Generic, Protocol, TypeVar

from services.core.errors import Unavailable

_STATM = Path("/proc/self/statm")


class Closable(Protocol):
    def close(self) -> None:
        """Give back the memory it holds."""


class Identified(Protocol):
    @property
    def fingerprint(self) -> str:
        """Equal only for what gives comparable results."""


Model = TypeVar("Model", bound=Closable)
Info = TypeVar("Info", bound=Identified)


@dataclass(frozen=True, slots=True)
class Held(Generic[Model, Info]):
    model: Model
    info: Info


class Slot(Generic[Model, Info]):
    """Safe to use from several threads. What the model says of itself is kept when it leaves.

    `noun` names the kind of model in failures, and `down` is what they are raised as.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[str], Model],
        *,
        describe: Callable[[str, Model], Info],
        noun: str,
        down: type[Unavailable],
        clock: Callable[[], float],
    ) -> None:
        self.name = name
        self.memory_bytes: int | None = None
        """How much the process grew while it was loaded; None where that cannot be told."""
        self._load = load
        self._describe = describe
        self._noun = noun
        self._down = down
        self._clock = clock
        self._loading = Lock()
        self._attempts = 0
        self._failure: str | None = None
        self._lock = Lock()
        self._loaded: Held[Model, Info] | None = None
        self._info: Info | None = None
        self._users = 0
        self._used_at = clock()
        self._closed = False

    @property
    def loaded(self) -> bool:
        return self._loaded is not None

    @property
    def failed(self) -> bool:
        """Whether the last try to load it failed."""
        return self._failure is not None

    @property
    def failure(self) -> str | None:
        """Why the last try to load it failed; None if it did not."""
        return self._failure

    @property
    def known(self) -> Info | None:
        """What is known of it without loading it."""
        return self._info

    def info(self) -> Info:
        """What it can do; loads it the first time. Raises `down`."""
        if self._info is None:
            with self.held() as loaded:
                return loaded.info
        return self._info

    @contextmanager
    def held(self) -> Iterator[Held[Model, Info]]:
        """The loaded model; it stays at least until the end. Raises `down`."""
        loaded = self._enter()
        try:
            yield loaded
        finally:
            with self._lock:
                self._users -= 1
                self._used_at = self._clock()
            if self._closed:
                self.unload_idle(0)

    def unload_idle(self, idle_s: float) -> bool:
        """Give the memory back if nobody used it for so long; whether it did."""
        with self._lock:
            idle = self._users == 0 and self._clock() - self._used_at >= idle_s
            if not idle or self._loaded is None:
                return False
            leaving, self._loaded = self._loaded, None
        leaving.model.close()
        return True

    def close(self) -> None:
        """Give the memory back for good, unless a call is still in it."""
        with self._lock:
            self._closed = True
        self.unload_idle(0)

    def _enter(self) -> Held[Model, Info]:
        while True:
            with self._lock:
                if self._closed:
                    raise self._down(f"{self._noun} {self.name!r} is shutting down")
                if self._loaded is not None:
                    self._users += 1
                    return self._loaded
                attempts = self._attempts
            self._fill(attempts)

    def _fill(self, attempts: int) -> None:
        """Load it, or share the outcome of the load that went on meanwhile."""
        with self._loading:
            if self._attempts != attempts:
                if self._failure is not None:
                    raise self._down(self._failure)
                return
            before = _resident()
            try:
                opened = self._open()
            except self._down as error:
                self._failure = error.detail
                raise
            else:
                self._failure = None
                after = _resident()
                with self._lock:
                    self._loaded, self._info = opened, opened.info
                    self._used_at = self._clock()
                    self.memory_bytes = max(0, after - before) if before and after else None
            finally:
                self._attempts += 1
        if self._closed:
            self.unload_idle(0)

    def _open(self) -> Held[Model, Info]:
        try:
            model = self._load(self.name)
            info = self._describe(self.name, model)
        except Exception as error:  # the edge to foreign runtimes: they raise what they like
            raise self._down(f"{self._noun} {self.name!r} cannot be loaded: {error}") from error
        if self._info is not None and self._info.fingerprint != info.fingerprint:
            model.close()
            raise self._down(
                f"the files of {self._noun} {self.name!r} changed while it was unloaded; restart"
            )
        return Held(model, info)


def _resident() -> int | None:
    """Bytes of this process in memory, where the system tells."""
    try:
        return int(_STATM.read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
