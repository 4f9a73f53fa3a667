"""A whole stack of real processes without Docker: servers, and our own processes before them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from tests.servers import NotServing, Server, milvus, postgres, redis
from tests.servers.processes import ProcessServer, free_port

COMMANDS: Final = {
    "embedder": ("worker", "embedder"),
    "ingest-worker": ("worker", "ingest"),
    "beat": ("beat",),
    "gateway": ("serve",),
}
"""Our processes, by the names that they have in the Compose file."""
PLAIN: Final = "services.cli"
"""The module whose `main` is `margay`; tests may take one that breaks something first."""
KEY: Final = "an-admin-key-of-the-tests-only"
SHORT: Final = {
    "MARGAY_INGEST__LEASE_S": "4",
    "MARGAY_INGEST__SWEEP_EVERY_S": "2",
    "MARGAY_INGEST__BATCH_ITEMS": "8",
    "MARGAY_WORKERS__DUE_EVERY_S": "0.5",
    "MARGAY_WORKERS__QUERY_TIMEOUT_S": "3",
    "MARGAY_MODELS__THREADS": "1",
}
"""Waits as short as tests can be patient; the rest as in production."""


class Stack:
    """Servers by name, our processes by name, and a client that is logged in."""

    def __init__(
        self,
        folder: Path,
        *,
        servers: Mapping[str, Server],
        media: Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        """`servers` has redis, postgres and milvus; `media` is a folder (default: in `folder`)."""
        self.folder = folder
        self.servers = dict(servers)
        self.media = media or folder / "media"
        self.media.mkdir(exist_ok=True)
        self.port = free_port()
        self.metrics_port = free_port()
        self._more = dict(environ or {})
        self.client = self.new_client()
        self.processes = {name: self._process(name) for name in COMMANDS}
        self.revived: Counter[str] = Counter()
        """How often each process of ours had to be started again because it ended of itself."""
        self._wanted: set[str] = set()
        self._deciding = threading.Lock()
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="supervisor")

    def new_client(self, *, timeout_s: float = 60) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {KEY}"},
            timeout=timeout_s,
            trust_env=False,
        )

    def start(self) -> None:
        """Migrate, start everything, return when all of it is ready."""
        self._migrate()
        with ThreadPoolExecutor(len(self.processes)) as pool:
            list(pool.map(self.bring_back, self.processes))
        self._watching.start()

    def close(self) -> None:
        self._ended.set()
        if self._watching.ident is not None:
            self._watching.join()
        self.client.close()
        for process in self.processes.values():
            process.kill()

    def one(self, name: str) -> Server:
        """A server, or a process of ours."""
        return self.processes.get(name) or self.servers[name]

    def kill(self, name: str) -> None:
        """`kill -9`; it stays away until `bring_back`."""
        with self._deciding:
            self._wanted.discard(name)
        self.one(name).kill()

    def stop(self, name: str) -> None:
        """End it as an operator would; it stays away until `bring_back`."""
        with self._deciding:
            self._wanted.discard(name)
        self.one(name).stop()

    def bring_back(self, name: str) -> None:
        """Start it; from then on a process of ours that ends is started again."""
        self.one(name).start()
        if name in self.processes:
            self._wanted.add(name)

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """`kill -9` a server or a process of ours; start it again at the end of the block."""
        self.kill(name)
        try:
            yield
        finally:
            self.bring_back(name)

    @contextmanager
    def broken(self, name: str, module: str) -> Iterator[None]:
        """Run one process from another module meanwhile: a test's, that spoils something."""
        plain = self.processes[name]
        self.stop(name)
        self.processes[name] = self._process(name, module=module)
        self.bring_back(name)
        try:
            yield
        finally:
            self.kill(name)
            self.processes[name] = plain
            self.bring_back(name)

    def _watch(self) -> None:
        """Start again what ends of itself, as a restart policy would."""
        while not self._ended.wait(0.2):
            for name in list(self._wanted):
                with self._deciding:
                    if name in self._wanted and not self.processes[name].running:
                        self._revive(name)

    def _revive(self, name: str) -> None:
        self.revived[name] += 1
        with contextlib.suppress(NotServing):  # then the next look starts it once more
            self.processes[name].start()

    def ready(self) -> bool:
        """Whether the gateway finds every dependency well."""
        with contextlib.suppress(httpx.TransportError):
            return self.client.get("/health/ready").is_success
        return False

    def get(self, path: str) -> Any:
        """The JSON of a page that must answer."""
        answer = self.client.get(path)
        assert answer.status_code == 200, f"{path}: {answer.text}\n{self.log_ends()}"
        return answer.json()

    def wait_until(self, fact: Callable[[], bool], *, what: str, limit_s: float = 90) -> None:
        """Give up after `limit_s`, showing the end of every log."""
        deadline = time.monotonic() + limit_s
        while not fact():
            assert time.monotonic() < deadline, (
                f"{what}: not within {limit_s:.0f} s\n{self.log_ends()}"
            )
            time.sleep(0.1)

    def log_ends(self, *, lines: int = 8) -> str:
        """What each process of ours said last, requests aside."""
        ends = []
        for name, process in self.processes.items():
            said = [line for line in process.log().splitlines() if '"area": "access"' not in line]
            ends.append("\n".join([f"--- {name} ---", *(line[-600:] for line in said[-lines:])]))
        return "\n".join(ends)

    def environ(self, name: str) -> dict[str, str]:
        """The environment of one of our processes: the tests' own, and its settings."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("MARGAY_")}
        ours = {
            "MARGAY_STORES__DATA_DIR": str(self.folder / name / "data"),
            "MARGAY_STORES__DATABASE_URL": self.servers["postgres"].url,
            "MARGAY_STORES__MILVUS_URI": self.servers["milvus"].url,
            "MARGAY_STORES__BROKER_URL": self.servers["redis"].url,
            "MARGAY_STORES__MEDIA_URL": f"file://{self.media}",
            "MARGAY_SERVER__PORT": str(self.port),
            "MARGAY_WORKERS__METRICS_PORT": str(self.metrics_port),
            "MARGAY_AUTH__BOOTSTRAP_KEY": KEY,
        }
        return kept | ours | SHORT | self._more

    def _process(self, name: str, *, module: str | None = None) -> ProcessServer:
        folder = self.folder / name
        (folder / "data").mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", module or PLAIN, *COMMANDS[name]]
        kind = ProcessServer if name == "gateway" else _Worker
        made: ProcessServer = kind(
            command,
            url=str(self.client.base_url),
            folder=folder,
            answers=lambda: made.is_beating() if isinstance(made, _Worker) else self._is_alive(),
            environ=self.environ(name),
            cwd=Path.cwd(),
        )
        return made

    def _is_alive(self) -> bool:
        """Alive is enough: it starts, and serves what it can, while its servers are away."""
        with contextlib.suppress(httpx.TransportError):
            return self.client.get("/health/live").is_success
        return False

    def _migrate(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", PLAIN, "migrate"],
            check=False,
            env=self.environ("migrate"),
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"margay migrate:\n{done.stdout}{done.stderr}"


class _Worker(ProcessServer):
    """A worker answers once it has touched its `*.alive` file."""

    def start(self) -> None:
        for file in self._alive():
            file.unlink(missing_ok=True)
        super().start()

    def is_beating(self) -> bool:
        return bool(self._alive())

    def _alive(self) -> list[Path]:
        return list((self.folder / "data").glob("*.alive"))


@contextmanager
def running(
    folder: Path, *, media: Path | None = None, environ: Mapping[str, str] | None = None
) -> Iterator[Stack]:
    """Start private servers and a stack on them; skip where one of them cannot run."""
    with ExitStack() as servers:
        stack = Stack(
            folder,
            servers={
                "redis": servers.enter_context(redis.server()),
                "postgres": servers.enter_context(postgres.server()),
                "milvus": servers.enter_context(milvus.server()),
            },
            media=media,
            environ=environ,
        )
        try:
            stack.start()
            stack.wait_until(stack.ready, what="the stack is ready")
            yield stack
        finally:
            stack.close()
