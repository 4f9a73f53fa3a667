"""A worker process whose handlers do as the job's id says and note it in Redis: no models, no
stores, but our own `run`, doors, pools and signals. `python -m tests.worker.tiny_worker ROLE`."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import redis
from celery import Celery

from services.core.ports import Ports
from services.core.ports.queue import Handler
from services.core.queue import names
from services.core.settings import Ingest, Settings, Stores, Workers
from services.worker import process
from services.worker.run import run

NOTES = "test:notes"
"""A list in Redis: `begun TASK JOB`, `ended TASK JOB`."""
GO_ON = "test:go_on"
"""A key; the jobs called `wait-...` end when it is there."""


class Tiny:
    """`services.worker.room.Opened` without an installation behind it."""

    def __init__(self, url: str) -> None:
        self._notes = redis.Redis.from_url(url, decode_responses=True)
        self._stopping = threading.Event()
        self._slice = threading.local()
        self.closed = False

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {task: partial(self._handle, task) for task in names.QUEUES}

    @property
    def ports(self) -> Ports:
        raise AssertionError("no test here reaches the stores")

    def begin_slice(self) -> None:
        self._slice.over = False

    def slice_over(self) -> bool:
        return bool(self._slice.over)

    def stop(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        self._note("closed")

    def _note(self, text: str) -> None:
        self._notes.rpush(NOTES, f"{text} {os.getpid()}")

    def _handle(self, task: str, job_id: str = "none") -> None:
        self._note(f"begun {task} {job_id}")
        kind = job_id.partition("-")[0]
        if kind == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        if kind == "wait":
            while not self._notes.exists(GO_ON):
                time.sleep(0.02)
        if kind == "long":  # works until it is to end, then leaves the rest to others
            while not self._stopping.is_set():
                time.sleep(0.02)
            self._slice.over = True
        if kind == "slices" and not self._notes.exists(GO_ON):
            time.sleep(0.02)
            self._slice.over = True
        self._note(f"ended {task} {job_id}")


def settings_of(url: str, folder: Path) -> Settings:
    """What the workers of a test are told."""
    return Settings(
        stores=Stores(broker_url=url, data_dir=folder),
        ingest=Ingest(sweep_every_s=0.2),
        workers=Workers(ingest_processes=2, query_threads=2, index_threads=2, due_every_s=0.2),
    )


def _open(settings: Settings, _role: str, _app: Celery) -> Tiny:
    return Tiny(settings.stores.broker_url)


if __name__ == "__main__":
    process.configure_logging()
    sys.exit(
        run(sys.argv[1], settings_of(os.environ["URL"], Path(os.environ["FOLDER"])), open_=_open)
    )
