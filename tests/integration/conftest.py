"""One stack of real processes for every test of this package that wants one."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import stack as stacks


@pytest.fixture(scope="package")
def small_disk() -> Iterator[Path | None]:
    """A file system of 24 MB that a test may fill; None where none can be mounted."""
    with tempfile.TemporaryDirectory(prefix="margay-disk-") as folder:
        command = ["mount", "-t", "tmpfs", "-o", "size=24m", "margay-test", folder]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):  # not root, or not Linux
            yield None
            return
        try:
            yield Path(folder)
        finally:
            with contextlib.suppress(OSError):
                subprocess.run(["umount", "--lazy", folder], check=False, capture_output=True)


@pytest.fixture(scope="package")
def stack(
    tmp_path_factory: pytest.TempPathFactory, small_disk: Path | None
) -> Iterator[stacks.Stack]:
    """A running stack; its media lie on the small disk, where there is one."""
    folder = tmp_path_factory.mktemp("stack")
    with stacks.running(folder, media=small_disk) as running:
        yield running
