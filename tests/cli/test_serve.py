"""`margay serve` says in a sentence why it does not start, and stops when it is told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.cli import serve as serving
from services.core.settings import Server, Settings, Stores


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(data: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "services.cli", "serve", "--port", str(free_port()), *arguments],
        env={"PATH": os.environ["PATH"], "MARGAY_STORES__DATA_DIR": str(data)},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # who waits for one that did not end waits for ever


def test_strangers_without_keys_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with serve(tmp_path, "--host", "0.0.0.0") as server:
        _, said = server.communicate(timeout=60)
    assert server.returncode == 1
    assert said.startswith("margay: MARGAY_SERVER__HOST is 0.0.0.0")
    assert "MARGAY_AUTH__BOOTSTRAP_KEY" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_stops_the_server_without_a_traceback(
    tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    with serve(tmp_path) as server:
        assert server.stderr is not None
        assert "Margay serves on" in server.stderr.readline()
        with serve(tmp_path) as second:
            _, refusal = second.communicate(timeout=60)
        server.send_signal(sent)
        _, said = server.communicate(timeout=60)
    assert second.returncode == 1
    assert "another process holds the data folder" in refusal
    assert server.returncode == code
    assert "Traceback" not in said


def test_a_signal_right_after_the_start_still_ends_the_servers_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that serves while Python ends is a crash."""

    def signalled() -> None:
        raise SystemExit(0)

    monkeypatch.setattr(serving.gc, "collect", signalled)
    monkeypatch.setattr(serving, "end_on_sigterm", lambda: None)
    settings = Settings(stores=Stores(data_dir=tmp_path), server=Server(port=free_port()))
    with pytest.raises(SystemExit), serving.runtime_server(settings):
        pytest.fail("it was never handed out")
    assert "http" not in {thread.name for thread in threading.enumerate()}


def test_a_wait_that_a_signal_interrupts_does_not_take_the_server_for_ended() -> None:
    class Slow:
        started = True
        should_exit = False

        def run(self) -> None:
            while not self.should_exit:
                time.sleep(0.01)
            time.sleep(0.3)
            self.finished = True

    slow = Slow()
    server = serving.RunningServer(slow)  # type: ignore[arg-type]
    server.start()
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(0))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(SystemExit):
            server.wait()
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
    server.stop()
    assert slow.finished
