"""Runs a command as a shell would see it, and servers for it to talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from services.cli.main import main
from tests.integration.server_process import ServerProcess


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


Margay = Callable[..., Ran]


@pytest.fixture
def margay(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Margay:
    def run(*arguments: object) -> Ran:
        monkeypatch.setattr("sys.argv", ["margay", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return run


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """An empty server."""
    with ServerProcess(tmp_path_factory.mktemp("server")) as process:
        yield process


@pytest.fixture
def url(server: ServerProcess, monkeypatch: pytest.MonkeyPatch) -> str:
    """The server's address, which commands find by themselves."""
    address = f"http://127.0.0.1:{server.port}"
    monkeypatch.setenv("MARGAY_URL", address)
    return address
