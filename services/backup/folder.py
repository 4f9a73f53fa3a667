"""A backup as a folder: tables as compressed lines of JSON, media as they are, and a manifest.

The manifest is written last and names every file with its sha256: a folder without one is no
backup, and what does not fit it is not restored.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Final

from services.core.errors import Conflict, InputError
from services.core.ports.archive import Row

FORMAT: Final = 1
MANIFEST: Final = "backup.json"
_TABLES: Final = "tables"
_FILES: Final = "files"
_LIST: Final = "files.jsonl.gz"


@dataclass(frozen=True, slots=True)
class Lines:
    """A file of lines, by their number and the sha256 of their text."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds."""

    version: str
    """Of the Margay that made it."""
    made_at: str
    revision: str
    """Of the schema."""
    tables: Mapping[str, Lines]
    media: Lines
    media_bytes: int
    missing: int
    """Media that documents name and that were not there to be backed up."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of the media store."""

    key: str
    bytes: int
    sha256: str


class BackupFolder:
    """Reads and writes the folder; its errors name the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def begin(self) -> None:
        """Make the folder. Raises InputError if something is in it already."""
        self.path.mkdir(parents=True, exist_ok=True)
        if any(self.path.iterdir()):
            raise InputError.at("folder", f"{self.path} is not empty; name a new one")
        # Every document is in it, and the hashes of all keys.
        self.path.chmod(0o700)
        (self.path / _TABLES).mkdir()

    def write_table(self, name: str, rows: Iterator[Row]) -> Lines:
        """Write all rows of a table."""
        return _write(self._table(name), rows)

    def table(self, name: str) -> Iterator[Row]:
        """The rows of a table, one by one."""
        return _read(self._table(name))

    def put(self, key: str, data: bytes) -> Stored:
        """Keep a file of the media store."""
        file = self.path / _FILES / key
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            out.write(data)
            _reach_disk(out)
        return Stored(key, len(data), hashlib.sha256(data).hexdigest())

    def get(self, stored: Stored) -> bytes:
        """Return a file of the media store. Raises Conflict if it is not as it was."""
        file = self.path / _FILES / stored.key
        try:
            data = file.read_bytes()
        except FileNotFoundError as error:
            raise Conflict(f"the backup is damaged: {file} is missing") from error
        if hashlib.sha256(data).hexdigest() != stored.sha256:
            raise Conflict(f"the backup is damaged: {file} was changed")
        return data

    def check(self, stored: Stored) -> None:
        """Read a file once. Raises Conflict if it is not as it was."""
        self.get(stored)

    def remove(self, key: str) -> None:
        """Forget a file of the media store."""
        (self.path / _FILES / key).unlink(missing_ok=True)

    def write_list(self, files: Iterator[Stored]) -> Lines:
        """Write which files of the media store there are."""
        return _write(self.path / _LIST, (asdict(one) for one in files))

    def files(self) -> Iterator[Stored]:
        """Which files of the media store there are."""
        for row in _read(self.path / _LIST):
            yield Stored(**row)  # type: ignore[arg-type]  # checked by the list's sha256

    def finish(self, manifest: Manifest) -> None:
        """Make it a backup: everything else has reached the disk."""
        text = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=2) + "\n"
        unfinished = self.path / f"{MANIFEST}.new"
        with unfinished.open("w", encoding="utf-8") as out:
            out.write(text)
            _reach_disk(out)
        unfinished.rename(self.path / MANIFEST)

    def manifest(self) -> Manifest:
        """Raises InputError if the folder is no backup, Conflict for one of a later format."""
        try:
            raw: dict[str, Any] = json.loads((self.path / MANIFEST).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise InputError.at("folder", f"{self.path} holds no finished backup") from error
        if raw.pop("format", None) != FORMAT:
            raise Conflict("the backup was made by a later version; restore it with that")
        tables = {name: Lines(**lines) for name, lines in raw.pop("tables").items()}
        return Manifest(**{**raw, "tables": tables, "media": Lines(**raw["media"])})

    def identity(self) -> str:
        """What tells this backup from every other. Raises InputError if it is none."""
        try:
            return hashlib.sha256((self.path / MANIFEST).read_bytes()).hexdigest()
        except OSError as error:
            raise InputError.at("folder", f"{self.path} holds no finished backup") from error

    def check_lines(self, manifest: Manifest) -> None:
        """Read every table and list once. Raises Conflict if one is not as it was."""
        wanted = {self._table(name): lines for name, lines in manifest.tables.items()}
        for file, lines in {**wanted, self.path / _LIST: manifest.media}.items():
            try:
                found = _measure(file)
            except (OSError, EOFError, zlib.error) as error:
                raise Conflict(f"the backup is damaged: {file} cannot be read") from error
            if found != lines:
                raise Conflict(f"the backup is damaged: {file} was changed")

    def _table(self, name: str) -> Path:
        return self.path / _TABLES / f"{name}.jsonl.gz"


def _write(file: Path, rows: Iterator[Any]) -> Lines:
    digest = hashlib.sha256()
    count = 0
    with file.open("wb") as raw:
        with gzip.open(raw, "wb", compresslevel=3) as out:
            for row in rows:
                line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                out.write(line)
                count += 1
        _reach_disk(raw)
    return Lines(count, digest.hexdigest())


def _read(file: Path) -> Iterator[Row]:
    with gzip.open(file, "rb") as lines:
        for line in lines:
            yield json.loads(line)


def _measure(file: Path) -> Lines:
    digest = hashlib.sha256()
    count = 0
    with gzip.open(file, "rb") as lines:
        for line in lines:
            digest.update(line)
            count += 1
    return Lines(count, digest.hexdigest())


def _reach_disk(file: IO[Any]) -> None:
    file.flush()
    os.fsync(file.fileno())
