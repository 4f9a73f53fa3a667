"""A Redis for the worker processes of each test, and a way to start and end them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import redis
from celery import Celery

from services.core.queue.celery_app import make_app
from services.core.queue.celery_queue import CeleryQueue
from services.core.queue.redis_workforce import RedisWorkforce
from services.core.settings import Settings, Stores
from tests.servers import Server
from tests.servers import redis as redis_server
from tests.worker.tiny_worker import GO_ON, NOTES

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0
"""Only how long a broken worker takes to fail; nothing is measured by it."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with redis_server.server() as one:
        yield one


class World:
    """The workers of a test, what they noted, and a gateway's view of them."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.redis = redis.Redis.from_url(url, decode_responses=True)
        self.redis.flushall()
        self.app: Celery = make_app(Settings(stores=Stores(broker_url=url)))
        self.queue = CeleryQueue(self.app)
        self._workforce = RedisWorkforce(self.app)
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self, role: str, *, ready: bool = True, **more: str) -> subprocess.Popen[bytes]:
        """Start a worker of tiny handlers; return when it takes messages."""
        told = {"URL": self.url, "FOLDER": str(self.folder), **more}
        process = self._run("tests.worker.tiny_worker", role, environ=told)
        if ready:
            self.wait(lambda: process.pid in self.alive(role))
        return process

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        """Start `margay ...` with short periods."""
        told = {
            "MARGAY_STORES__BROKER_URL": self.url,
            "MARGAY_STORES__DATA_DIR": str(self.folder),
            "MARGAY_INGEST__SWEEP_EVERY_S": "0.2",
            "MARGAY_WORKERS__DUE_EVERY_S": "0.2",
        }
        return self._run("services.cli", *words, environ=told)

    def _run(self, module: str, *words: str, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                cwd=ROOT,
                env={**os.environ, **environ},
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process

    def alive(self, role: str) -> list[int]:
        return [each.pid for each in self._workforce.workers() if each.role == role]

    def notes(self, kind: str = "") -> list[str]:
        """What handlers noted, without the process: `begun ingest.prepare job_1`."""
        return [text for text, _ in self._notes() if text.startswith(kind)]

    def pid_of(self, note: str) -> int:
        """The process that noted this last."""
        return [pid for text, pid in self._notes() if text == note][-1]

    def let_go_on(self) -> None:
        (self.folder / GO_ON).touch()

    def _notes(self) -> list[tuple[str, int]]:
        notes = self.folder / NOTES
        lines = notes.read_text().splitlines() if notes.exists() else []
        parts = (line.rpartition(" ") for line in lines)
        return [(text, int(pid)) for text, _, pid in parts]

    def wait(self, fact: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not fact():
            assert time.monotonic() < end, f"{self.notes()}\n{self.log()[-4000:]}"
            time.sleep(0.05)

    def wait_for(self, *notes: str) -> None:
        """Until all of them were noted."""
        self.wait(lambda: set(notes) <= set(self.notes()))

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def end(self, process: subprocess.Popen[bytes]) -> int:
        """As an operator would; the exit code."""
        process.send_signal(signal.SIGTERM)
        return process.wait(PATIENCE_S)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait(PATIENCE_S)
        self.redis.close()
        self.queue.close()
        self._workforce.close()
        self.app.close()


@pytest.fixture
def world(server: Server, tmp_path: Path) -> Iterator[World]:
    world = World(server.url, tmp_path)
    yield world
    world.close()
