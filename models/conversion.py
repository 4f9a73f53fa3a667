"""Turns a model's pickled checkpoint into safetensors, which opens faster and cannot hold code.

The lock remembers the checkpoint's digest: the vectors stay the same, and so does the fingerprint.
"""

import importlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from models import card, lock, registry
from models.base import ModelError
from models.lock import Lock, LockedFile

PICKLED = ".pth"
SAFE = ".safetensors"


def convert(folder: Path, *, name: str, to: Path | None = None) -> Path:
    """Convert the one `.pth` file of `folder`, there or into the folder `to`; the new file.

    There, the checkpoint is removed when the new file is whole; into `to`, the other files are
    copied and nothing is removed. Raises `ModelError` if there is no such file or it is not a
    Visualized BGE checkpoint.
    """
    checkpoint = _checkpoint(folder)
    target = folder if to is None else to
    safe = target / f"{checkpoint.stem}{SAFE}"
    if target != folder:
        _copy_rest(folder, target, without=checkpoint)
    unfinished = safe.with_name(f".{safe.name}")
    try:
        _converter()(checkpoint, unfinished)
        unfinished.replace(safe)
    except OSError as error:
        raise ModelError(f"{safe}: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    lock.write(target, _locked(folder, checkpoint=checkpoint, safe=safe, name=name))
    if target == folder:
        checkpoint.unlink()
    return safe


def _checkpoint(folder: Path) -> Path:
    found = sorted(folder.glob(f"*{PICKLED}")) if folder.is_dir() else []
    if len(found) == 1:
        return found[0]
    if not found and any(folder.glob(f"*{SAFE}")):
        raise ModelError(f"{folder} holds safetensors already; there is nothing to convert")
    problem = "no" if not found else "several"
    raise ModelError(f"{folder} holds {problem} {PICKLED} files; one is needed")


def _converter() -> Callable[[Path, Path], None]:
    registry.require(registry.find("visualized-bge-m3"))
    # By name, so that importing this file brings no torch in.
    convert: Callable[[Path, Path], None]
    convert = importlib.import_module("models.visualized_bge.convert").convert
    return convert


def _copy_rest(folder: Path, target: Path, *, without: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and path != without and path.name != lock.NAME and not hidden:
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / inside)


def _locked(folder: Path, *, checkpoint: Path, safe: Path, name: str) -> Lock:
    before = lock.read(folder)
    if before is None:
        before = Lock(name, (), {path: _entry(folder / path) for path in lock.inside(folder)})
    pickled = before.files.get(checkpoint.name) or _entry(checkpoint)
    files = {path: each for path, each in before.files.items() if path != checkpoint.name}
    files[safe.name] = replace(_entry(safe), made_from=(checkpoint.name, pickled.sha256))
    return replace(before, files=files)


def _entry(path: Path) -> LockedFile:
    return LockedFile(card.sha256(path), path.stat().st_size)
