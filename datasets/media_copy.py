"""Brings the media of a data set into an exported folder, each once."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from datasets.errors import DatasetError
from datasets.lines import opened
from datasets.records import Medium, Packed

FOLDER: Final = "media"
THREADS: Final = 8
"""Files that are fetched or copied at the same time."""
MAX_SUFFIX: Final = 6

Fetch = Callable[[str], bytes | None]
"""Gives the bytes at an address, or None if there are none to be had."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Where media go. Addresses stay addresses unless there is a `fetch`.

    `link` shares the bytes of files (hard links) where the file system can; otherwise they are
    copied.
    """

    out: Path
    link: bool = False
    fetch: Fetch | None = None

    def put(self, media: Sequence[Medium]) -> list[str | None]:
        """What the exported lines say for each: a path in the folder, an address, None if missing.

        Raises DatasetError if the folder cannot be written.
        """
        if len(media) < 2:
            return [self._put(one) for one in media]
        with ThreadPoolExecutor(THREADS, thread_name_prefix="media") as pool:
            return list(pool.map(self._put, media))

    def _put(self, medium: Medium) -> str | None:
        if isinstance(medium, str) and self.fetch is None:
            return medium
        name = f"{FOLDER}/{_name(medium)}"
        target = self.out / name
        if target.exists():
            return name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            return name if self._bring(medium, target) else None
        except OSError as error:
            raise DatasetError(f"{name} cannot be written: {error.strerror or error}") from error

    def _bring(self, medium: Medium, target: Path) -> bool:
        """Put the whole file there in one step; False if there is nothing to put."""
        if isinstance(medium, str):
            assert self.fetch is not None
            found = self.fetch(medium)
            return found is not None and _written(found, target)
        if isinstance(medium, Packed):
            with opened(medium) as packed:
                return _written(packed.read(), target)
        if not medium.is_file():
            return False
        if self.link and _linked(medium, target):
            return True
        return _copied(medium, target)


def _name(medium: Medium) -> str:
    """A name from where the medium lies, so that it is the same when an export goes on."""
    place = f"{medium.archive}:{medium.name}" if isinstance(medium, Packed) else str(medium)
    digest = hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()
    return f"{digest[:2]}/{digest[:20]}{_suffix(medium)}"


def _suffix(medium: Medium) -> str:
    path = urlsplit(medium).path if isinstance(medium, str) else medium.name
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if suffix[1:].isalnum() and len(suffix) <= MAX_SUFFIX else ""


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except FileExistsError:
        return True
    except OSError:  # another file system, or one without hard links
        return False
    return True


def _copied(source: Path, target: Path) -> bool:
    with source.open("rb") as file, _draft(target) as draft:
        shutil.copyfileobj(file, draft)
    Path(draft.name).replace(target)
    return True


def _written(data: bytes, target: Path) -> bool:
    with _draft(target) as draft:
        draft.write(data)
    Path(draft.name).replace(target)
    return True


def _draft(target: Path) -> tempfile._TemporaryFileWrapper[bytes]:
    return tempfile.NamedTemporaryFile(dir=target.parent, prefix=".draft-", delete=False)
