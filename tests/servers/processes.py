"""A server as a process of this machine: a binary, a folder, a port."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.servers import NotServing

START_LIMIT_S = 60.0


class ProcessServer:
    """`tests.servers.Server` for a command; its output goes to `server.log` in its folder.

    The folder is made by the caller (`new_folder`) and deleted by `close`. The process leads a
    group of its own: a signal reaches its children too (PostgreSQL has many).
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        url: str,
        folder: Path,
        answers: Callable[[], bool],
        environ: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """`answers` says whether a client is served; errors of connection mean no."""
        self._command = list(command)
        self._url = url
        self.folder = folder
        self._answers = answers
        self._environ = None if environ is None else dict(environ)
        self._user = user
        self._cwd = cwd or folder
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._url

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether there is a process that was not seen to end."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._cwd,
                env=self._environ,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_LIMIT_S
        while not self._is_answering():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise NotServing(f"{self._command[0]} did not serve:\n{self.log()[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        assert self._process is not None, "not started"
        self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(timeout=START_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop:\n{self.log()[-3000:]}") from None

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(timeout=10)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """Everything it has said so far."""
        path = self.folder / "server.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def _is_answering(self) -> bool:
        assert self._process is not None
        return self._process.poll() is None and self._answers()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def new_folder(name: str) -> Path:
    """A short path: sockets in it must fit into 100 characters."""
    return Path(tempfile.mkdtemp(prefix=f"margay-{name}-"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(fact: Callable[[], bool], *, what: str, limit_s: float = 60.0) -> None:
    """Raises AssertionError naming `what` if it has not become true by then."""
    deadline = time.monotonic() + limit_s
    while not fact():
        assert time.monotonic() < deadline, f"{what}: not within {limit_s:.0f} s"
        time.sleep(0.05)
