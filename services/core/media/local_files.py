"""A folder with fsspec's calls, whose writes are atomic and survive a power cut."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

INCOMING: Final = ".incoming"
"""Folder of files that are being written; no key can name it."""
_ABANDONED_S: Final = 3600.0
_TRIES: Final = 100


class LocalFiles:
    """The calls that the media store makes, on absolute paths below `root`."""

    def __init__(self, root: str) -> None:
        self._root = Path(root)
        self._incoming = self._root / INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True)
        self._sweep()

    def pipe_file(self, path: str, data: bytes) -> None:
        """Write beside, sync, rename, sync the folder. Raises OSError and leaves nothing."""
        temporary = self._incoming / secrets.token_hex(16)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._move(temporary, Path(path))
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def cat_file(self, path: str, start: int | None = None, end: int | None = None) -> bytes:
        """Read the file, or a part of it."""
        if start is None or end is None:
            return Path(path).read_bytes()
        with Path(path).open("rb") as file:
            file.seek(start)
            return file.read(max(0, end - start))

    def isfile(self, path: str) -> bool:
        """Tell whether it is a file."""
        return Path(path).is_file()

    def rm_file(self, path: str) -> None:
        """Remove the file, and the folders that are empty without it."""
        file = Path(path)
        file.unlink()
        for folder in file.parents:
            if folder == self._root:
                return
            try:
                folder.rmdir()
            except OSError:
                return  # not empty, or another has just done the same

    def find(self, path: str) -> Iterator[str]:
        """Every file below, but those being written."""
        for folder, below, names in os.walk(path):
            with contextlib.suppress(ValueError):
                below.remove(INCOMING)
            yield from (f"{folder}/{name}" for name in names)

    def invalidate_cache(self) -> None:
        """Listings of a folder are never cached."""

    def _move(self, temporary: Path, path: Path) -> None:
        for attempt in range(_TRIES):
            try:
                self._make_folder(path.parent)
                temporary.replace(path)
            except (FileNotFoundError, FileExistsError):
                # A deletion beside us took the empty folder away (or did so between mkdir's
                # "it is there" and its look whether that is a folder).
                if attempt + 1 == _TRIES:
                    raise
            else:
                _sync(path.parent)
                return

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)

    def _sweep(self) -> None:
        """Remove what a killed process left half-written."""
        before = time.time() - _ABANDONED_S
        for left in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if left.stat().st_mtime < before:
                    left.unlink()


def _sync(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return  # a deletion took it away: there is no name left to keep
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
