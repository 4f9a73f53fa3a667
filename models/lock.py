"""`margay.lock.toml`: which files a model's folder holds and where each came from.

The lock is written last, so a folder without one was never pulled whole. A file that was made
here from a pulled one (converted) keeps the digest of its origin: its vectors are the same, and
so is the model's fingerprint.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from models import card, strict_toml
from models.base import ModelError
from models.card import Problem

NAME = "margay.lock.toml"
PAPERS = ("README", "LICENSE", "LICENCE", "NOTICE")
"""Beginnings of the names of files that change nothing about the vectors."""
HEADING = "# Written by `margay models`; what it says is checked, so edit nothing here.\n"


@dataclass(frozen=True, slots=True)
class Origin:
    """A repository at one commit (empty for files that came from no hub)."""

    repository: str
    revision: str


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One file. `made_from` is the path and sha256 of the file it was converted from."""

    sha256: str
    size: int
    made_from: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Lock:
    """The whole `margay.lock.toml`."""

    name: str
    """The name that `registry.load` takes."""
    sources: tuple[Origin, ...]
    files: Mapping[str, LockedFile]

    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in self.files.values())

    def digests(self) -> dict[str, str]:
        """Path to sha256 of every file as it was pulled: what a fingerprint rests on."""
        return dict(
            each.made_from or (path, each.sha256)
            for path, each in sorted(self.files.items())
            if not Path(path).name.startswith(PAPERS)
        )


def inside(folder: Path) -> list[str]:
    """The files of a folder that can change a vector, by their paths inside it."""
    paths = (path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file())
    return [
        path.as_posix()
        for path in paths
        if not path.name.startswith(PAPERS)
        and path.name != NAME
        and not any(part.startswith(".") for part in path.parts)
    ]


def read(folder: Path) -> Lock | None:
    """The lock of a folder, None if it has none. Raises `ModelError` for a malformed one."""
    if not (folder / NAME).is_file():
        return None
    where = str(folder / NAME)
    table = strict_toml.Table(strict_toml.read(folder / NAME), where=where)
    lock = Lock(
        name=table.take("name", str),
        sources=tuple(_origin(each) for each in table.tables("sources")),
        files=_files(table.table("files")),
    )
    table.close()
    return lock


def write(folder: Path, lock: Lock) -> None:
    """Write the lock in one step, so that it is there whole or not at all."""
    lines = [HEADING, f"name = {_text(lock.name)}\n"]
    for source in lock.sources:
        lines.append(f"\n[[sources]]\nrepository = {_text(source.repository)}\n")
        lines.append(f"revision = {_text(source.revision)}\n")
    lines.append("\n[files]\n")
    lines += [f"{_text(path)} = {_file(each)}\n" for path, each in sorted(lock.files.items())]
    unfinished = folder / f".{NAME}.{os.getpid()}"
    with unfinished.open("w", encoding="utf-8") as file:
        file.write("".join(lines))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / NAME)


def verify(folder: Path, lock: Lock) -> list[Problem]:
    """What is wrong with the files of a locked folder: every one is hashed."""
    problems = []
    for path, locked in sorted(lock.files.items()):
        if not (folder / path).is_file():
            problems.append(Problem(path, "missing"))
        elif card.sha256(folder / path) != locked.sha256:
            problems.append(Problem(path, "its sha256 is not the one of the lock"))
    return problems


def suspects(folder: Path, lock: Lock) -> list[Problem]:
    """As `verify`, but hashes only files that changed after the lock was written.

    Gigabytes of weights are hashed when they are pulled and when one asks for it, not at every
    start.
    """
    locked_at_ns = (folder / NAME).stat().st_mtime_ns
    doubtful = {
        path: each
        for path, each in lock.files.items()
        if not (folder / path).is_file()
        or (folder / path).stat().st_size != each.size
        or (folder / path).stat().st_mtime_ns > locked_at_ns
    }
    return verify(folder, Lock(lock.name, lock.sources, doubtful))


def _origin(table: strict_toml.Table) -> Origin:
    origin = Origin(table.take("repository", str), table.take("revision", str))
    table.close()
    return origin


def _files(table: strict_toml.Table) -> dict[str, LockedFile]:
    files = {}
    for path in table.names():
        entry = table.table(path)
        made_from = entry.take_list("made_from", str, optional=True)
        if Path(path).is_absolute() or ".." in Path(path).parts or len(made_from) not in {0, 2}:
            raise ModelError(f"{NAME}: {path} is no file inside the folder")
        files[path] = LockedFile(
            entry.take("sha256", str),
            entry.take("size", int),
            (made_from[0], made_from[1]) if made_from else None,
        )
        entry.close()
    table.close()
    return files


def _file(locked: LockedFile) -> str:
    made = ""
    if locked.made_from is not None:
        made = f", made_from = [{', '.join(map(_text, locked.made_from))}]"
    return f"{{ sha256 = {_text(locked.sha256)}, size = {locked.size}{made} }}"


def _text(value: str) -> str:
    """A TOML basic string; JSON writes the same escapes."""
    return json.dumps(value, ensure_ascii=False)
