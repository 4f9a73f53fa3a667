"""A real `margay serve` process with its data in a folder, that can be killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

START_LIMIT_S = 60


class ServerProcess:
    """Start it, talk to it through `client`, kill it, start it again on the same data.

    `with` starts it, and ends it whatever happens.
    """

    def __init__(self, folder: Path, *, environ: Mapping[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self._more = dict(environ or {})
        self._process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}", timeout=60, trust_env=False
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        environ = {key: value for key, value in os.environ.items() if not key.startswith("MARGAY_")}
        environ |= {
            "MARGAY_STORES__DATA_DIR": str(self.folder / "data"),
            "MARGAY_SERVER__PORT": str(self.port),
            "MARGAY_INGEST__SWEEP_EVERY_S": "1",
        } | self._more
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.cli", "serve"],
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready()

    def kill(self) -> None:
        """SIGKILL, at once: no handler of ours runs."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=10)

    def stop(self) -> int:
        """SIGTERM; return the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self._process.wait(timeout=30)

    def close(self) -> None:
        self.client.close()
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def log(self) -> str:
        return (self.folder / "server.log").read_text("utf-8", "replace")

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.client.get(f"/v1/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def wait_for_job(self, job_id: str, *, limit_s: float = 120) -> dict[str, Any]:
        """Return the finished job; a job that never finishes fails the test."""
        deadline = time.monotonic() + limit_s
        while (job := self.job(job_id))["finished_at"] is None:
            assert time.monotonic() < deadline, f"{job} did not finish; log:\n{self.log()[-3000:]}"
            time.sleep(0.1)
        return job

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_LIMIT_S
        while time.monotonic() < deadline:
            assert self._process.poll() is None, f"the server ended:\n{self.log()[-3000:]}"
            try:
                if self.client.get("/health/ready").is_success:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"the server was not ready in time:\n{self.log()[-3000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
