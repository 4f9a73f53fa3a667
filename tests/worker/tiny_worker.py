"""A worker process whose handlers do as the job's id says and note it in a file: no models, no
stores, but our own `run`, doors, pools and signals. `python -m tests.worker.tiny_worker ROLE`."""

from __future__ import annotations

import os
import random
import signal
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from celery import Celery

from services.core.db.database import SqlDatabase
from services.core.errors import SettingsError
from services.core.ports.queue import Handler
from services.core.queue import names
from services.core.queue.local import LocalLocks
from services.core.settings import Ingest, Settings, Stores, Workers
from services.core.types.models import ModelKind, ModelState
from services.core.types.vectors import Content, Matrix, Purpose
from services.wiring.archive import NoQueue
from services.worker import process
from services.worker.run import run
from tests.contract.hashing_embedder import HashingEmbedder

NOTES = "notes"
"""A file with lines `begun TASK JOB PROCESS`, `ended TASK JOB PROCESS`, `closed PROCESS`."""
GO_ON = "go_on"
"""A file; the jobs called `wait-...` and `slices-...` end when it is there."""


class Embedder(HashingEmbedder):
    """As the runtime of an embedder: calls have deadlines. It is never late."""

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
        deadline_s: float | None = None,
    ) -> Matrix:
        return super().embed(embedder, contents, purpose, dimensions=dimensions)


class Tiny:
    """`services.worker.room.Opened` without an installation behind it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.stores.data_dir
        self._stopping = threading.Event()
        self._slice = threading.local()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {task: partial(self._handle, task) for task in names.QUEUES}

    @property
    def embedder(self) -> Embedder:
        return Embedder()

    @property
    def scorer(self) -> None:
        return None

    @cached_property
    def ports(self) -> Any:
        """As much of them as failures are noted with."""
        return SimpleNamespace(
            database=ledger(self._settings),
            locks=LocalLocks(),
            clock=now,
            settings=self._settings,
        )

    def models(self) -> list[ModelState]:
        return [ModelState("hashing", ModelKind.EMBEDDER, loaded=True, calls=1, dimensions=(64,))]

    def begin_slice(self) -> None:
        self._slice.over = False

    def yielding(self) -> bool:
        return self._slice.over or self._stopping.is_set()

    def stop(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        self._note("closed")

    def _note(self, text: str) -> None:
        with (self._folder / NOTES).open("a") as notes:
            notes.write(f"{text} {os.getpid()}\n")

    def _goes_on(self) -> bool:
        return (self._folder / GO_ON).exists()

    def _handle(self, task: str, job_id: str = "none") -> None:
        self._note(f"begun {task} {job_id}")
        kind = job_id.partition("-")[0]
        if kind == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "wait":
            while not self._goes_on():
                time.sleep(0.02)
        if kind == "long":  # works until it is to end, then leaves the rest to others
            while not self._stopping.is_set():
                time.sleep(0.02)
        if kind == "slices" and not self._goes_on():
            time.sleep(0.02)
            self._slice.over = True
        if kind == "slow":
            time.sleep(random.uniform(0.05, 4))
        if kind == "bad":
            raise ZeroDivisionError
        self._note(f"ended {task} {job_id}")


def settings_of(url: str, folder: Path) -> Settings:
    """What the workers of a test are told."""
    return Settings(
        stores=Stores(broker_url=url, data_dir=folder),
        ingest=Ingest(sweep_every_s=0.2),
        workers=Workers(ingest_processes=2, query_threads=2, index_threads=2, max_failures=2),
    )


def ledger(settings: Settings) -> SqlDatabase:
    return SqlDatabase.open(settings.stores.resolved_database_url(), queue=NoQueue())


def now() -> datetime:
    return datetime.now(UTC)


def _open(settings: Settings, _role: str, _app: Celery) -> Tiny:
    if "REFUSED" in os.environ:
        raise SettingsError("these settings do not fit together")
    return Tiny(settings)


if __name__ == "__main__":
    process.configure_logging()
    sys.exit(
        run(sys.argv[1], settings_of(os.environ["URL"], Path(os.environ["FOLDER"])), open_=_open)
    )
