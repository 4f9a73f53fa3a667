"""Runs a command as a shell would see it: exit code, standard output, standard error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from services.cli.main import main


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command left behind."""

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
