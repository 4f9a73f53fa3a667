"""Refuse a source file of more than 300 lines: split it by use case."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LIMIT = 300
SUFFIXES = {".py", ".js", ".css", ".html", ".sh"}


def main() -> int:
    """Return 1 and name the files if any is over the limit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is a need of the project
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    paths = [Path(name) for name in listed if Path(name).suffix in SUFFIXES]
    long = [
        (lines, path)
        for path in paths
        if path.exists() and (lines := len(path.read_text("utf-8").splitlines())) > LIMIT
    ]
    for lines, path in sorted(long, reverse=True):
        sys.stderr.write(f"{path}: {lines} lines, the limit is {LIMIT}\n")
    return bool(long)


if __name__ == "__main__":
    sys.exit(main())
