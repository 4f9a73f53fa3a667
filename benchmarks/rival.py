"""infinity-emb in a process of its own, asked between our own runs."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PYTHON = Path("build/bench/infinity/bin/python")
"""Where docs/benchmarks.md has it installed; its dependencies exclude ours."""
_SCRIPT = Path(__file__).with_name("rival_infinity.py")


class RivalFailed(RuntimeError):
    """It is installed and did not answer; the message is the end of what it wrote."""


class Rival:
    """Answers how long a batch took it."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process = process
        self._log = log

    def texts(self, texts: Sequence[str]) -> float:
        """Seconds for these texts, given at once."""
        return float(self._ask({"texts": list(texts)}))

    def images(self, paths: Sequence[Path]) -> float:
        """Seconds for these pictures, given at once."""
        return float(self._ask({"images": [str(path.resolve()) for path in paths]}))

    def wait_until_ready(self) -> None:
        """Return when its model is loaded."""
        self._read()

    def _ask(self, wanted: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("="):
                return json.loads(line[1:])
        raise RivalFailed(self._log.read_text("utf-8", errors="replace")[-2000:])


@contextmanager
def rival(checkpoint: Path, *, python: Path, batch: int, log: Path) -> Iterator[Rival]:
    """Start it, wait until it is ready, stop it at the end. Raises RivalFailed."""
    offline = {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1", "INFINITY_ANONYMOUS_USAGE_STATS": "0"}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [str(python), str(_SCRIPT), str(checkpoint.resolve()), str(batch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env={**os.environ, **offline},
        )
        try:
            asked = Rival(process, log)
            asked.wait_until_ready()
            yield asked
        finally:
            process.kill()
            process.wait()
