"""Gathers the files of a model that is being pulled, and moves them in place when all are checked.

They lie in `.pulling/<model>` beside the model's folder, so a cut or killed pull leaves the folder
as it was and can go on. The lock is written when every file is there and has the right digest.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from models import card, hub, lock
from models.base import ModelError
from models.hub import RemoteFile, Snapshot
from models.lock import Lock, LockedFile, Origin

FOLDER = ".pulling"
UNFINISHED = ".part"
SPARE_BYTES = 64 << 20
"""Left free on the disk for everybody else."""

Watch = Callable[[str, int, int], None]
"""Hears the file in hand, how many bytes of the model are here, and how many it has."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file to be had; `expected` is the sha256 that the model's card names."""

    snapshot: Snapshot
    file: RemoteFile
    expected: str | None


def folder(target: Path) -> Path:
    """Where the files of the model in `target` gather."""
    return target.parent / FOLDER / target.name


def discard(stage: Path) -> None:
    """Forget what an earlier pull gathered."""
    shutil.rmtree(stage, ignore_errors=True)


def check_room(wanted: Mapping[str, Wanted], stage: Path, target: Path) -> None:
    """Raise `ModelError` if the disk has no room for what is missing, or the folder is taken."""
    strangers = [path for path in _inside(target) if path not in wanted]
    if strangers and lock.read(target) is None:
        raise ModelError(
            f"{target} holds files that no pull put there ({', '.join(strangers[:3])}); "
            "move it away first"
        )
    here = sum((stage / path).stat().st_size for path in _inside(stage))
    here += sum(
        each.file.size
        for path, each in wanted.items()
        if (target / path).is_file() and (target / path).stat().st_size == each.file.size
    )
    missing = sum(each.file.size for each in wanted.values()) - here
    free = max(0, shutil.disk_usage(stage).free - SPARE_BYTES)
    if missing > free:
        raise ModelError(
            f"{target.parent}: {missing / 1e9:.1f} GB are missing, {free / 1e9:.1f} GB are free"
        )


def gather(
    wanted: Mapping[str, Wanted],
    stage: Path,
    target: Path,
    *,
    endpoint: str | None,
    pause_s: float,
    watch: Watch,
) -> None:
    """Bring every wanted file into `stage`, from `target` if it is there and whole.

    Raises `ModelError` for a file whose digest is not the one of the hub or of the card; that
    file is removed.
    """
    total = sum(each.file.size for each in wanted.values())
    here = 0
    for path, each in sorted(wanted.items(), key=lambda item: item[1].file.size):
        done = stage / path

        def report(size: int, *, path: str = path, before: int = here) -> None:
            watch(path, before + size, total)

        if not hub.is_intact(done, each.file):
            _put(each, done, target / path, endpoint=endpoint, pause_s=pause_s, report=report)
        if each.expected is not None and card.sha256(done) != each.expected:
            done.unlink()
            raise ModelError(f"{path}: its sha256 is not the one of the card; it was removed")
        here += each.file.size
        watch(path, here, total)


def finish(name: str, wanted: Mapping[str, Wanted], stage: Path, target: Path) -> Lock:
    """Write the lock and move the whole model in place."""
    for path in _inside(stage):
        if path not in wanted:
            (stage / path).unlink()
    files = {
        path: LockedFile(each.file.sha256 or card.sha256(stage / path), each.file.size)
        for path, each in wanted.items()
    }
    snapshots = dict.fromkeys(
        (each.snapshot.repository, each.snapshot.revision) for each in wanted.values()
    )
    whole = Lock(name, tuple(Origin(*each) for each in snapshots), files)
    lock.write(stage, whole)
    old = stage.with_name(f"{stage.name}.old")
    discard(old)
    if target.exists():
        target.rename(old)
    stage.rename(target)
    discard(old)
    return whole


def _put(
    wanted: Wanted,
    done: Path,
    before: Path,
    *,
    endpoint: str | None,
    pause_s: float,
    report: Callable[[int], None],
) -> None:
    file = wanted.file
    done.parent.mkdir(parents=True, exist_ok=True)
    done.unlink(missing_ok=True)
    if hub.is_intact(before, file):
        _share(before, done)
        return
    # Its name says which content it is the beginning of: a branch may have moved in between.
    content = (file.sha256 or file.git_sha1 or wanted.snapshot.revision)[:16]
    unfinished = done.with_name(f"{done.name}.{content}{UNFINISHED}")
    hub.download(
        wanted.snapshot, file, unfinished, endpoint=endpoint, pause_s=pause_s, watch=report
    )
    if not hub.is_intact(unfinished, file):
        unfinished.unlink()
        raise ModelError(
            f"{file.path}: what arrived is not what the hub names (its checksum differs); "
            "it was removed, try again"
        )
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.rename(done)


def _share(before: Path, done: Path) -> None:
    try:
        done.hardlink_to(before)
    except OSError:  # a file system without links
        shutil.copy2(before, done)


def _inside(root: Path) -> list[str]:
    """Paths of the files below a folder, without hidden ones and the lock."""
    if not root.is_dir():
        return []
    paths = (path.relative_to(root) for path in sorted(root.rglob("*")) if path.is_file())
    return [path.as_posix() for path in paths if path.name not in {lock.NAME}]
