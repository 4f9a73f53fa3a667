"""The demo: refused in a sentence, killed in the middle, run again, and losing nothing."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Margay
from tests.integration.server_process import free_port


def test_a_port_in_use_is_said_before_anything_is_drawn(
    margay: Margay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MARGAY_STORES__DATA_DIR", str(tmp_path / "data"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = margay("demo", "--once", "--port", port)
    assert ran.code == 1
    assert f"port {port} on 127.0.0.1 cannot be used" in ran.err
    assert "--port" in ran.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_data_folder_that_cannot_be_written_names_the_setting(
    margay: Margay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MARGAY_STORES__DATA_DIR", str(tmp_path / "file" / "data"))
    ran = margay(command, "--port", free_port())
    assert ran.code == 1
    assert "cannot be written to" in ran.err
    assert "MARGAY_STORES__DATA_DIR" in ran.err


def test_an_unknown_setting_is_refused(margay: Margay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARGAY_SERVER__PROT", "1")
    ran = margay("serve")
    assert ran.code == 1
    assert "did you mean MARGAY_SERVER__PORT" in ran.err


@pytest.mark.thorough
def test_the_demo_killed_while_it_ingests_goes_on_and_loses_nothing(tmp_path: Path) -> None:
    first = _demo(tmp_path)
    deadline = time.monotonic() + 300
    while not 50 <= _documents(tmp_path) < 850:
        assert first.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(first.pid, signal.SIGKILL)
    first.communicate()
    assert _documents(tmp_path) < 900

    out, err = _demo(tmp_path).communicate(timeout=300)
    assert _documents(tmp_path) == 900, err
    assert "a phone case with this" in out
    assert "More like this" in out

    again = _demo(tmp_path)
    out, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert "Ingesting" not in err
    assert _documents(tmp_path) == 900


def _demo(folder: Path) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MARGAY_")}
    environ["MARGAY_STORES__DATA_DIR"] = str(folder / "data")
    command = [sys.executable, "-m", "services.cli", "demo", "--once", "--port", str(free_port())]
    return subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _documents(folder: Path) -> int:
    """Searchable documents, read from the ledger beside the running server."""
    path = folder / "data" / "margay.sqlite3"
    if not path.exists():
        return 0
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM documents").fetchone()[0])
        except sqlite3.OperationalError:  # the tables are being made
            return 0
