"""Which models this machine has, and whether their files are what they were."""

from dataclasses import dataclass
from pathlib import Path

from models import card, lock, registry
from models.base import ModelError
from models.card import Card, Problem
from models.lock import Lock


@dataclass(frozen=True, slots=True)
class Installed:
    """One model with all its files. `lock` is None for one that came with the installation."""

    name: str
    card: Card | None
    folder: Path
    lock: Lock | None

    def size(self) -> int:
        """Bytes of its files."""
        if self.lock is not None:
            return self.lock.size()
        files = self.card.files if self.card is not None else {}
        return sum((self.folder / path).stat().st_size for path in files)

    def revisions(self) -> tuple[str, ...]:
        """The commits its files are from."""
        if self.lock is not None:
            return tuple(each.revision for each in self.lock.sources)
        return () if self.card is None else (self.card.revision,)


def installed(folder: Path) -> tuple[Installed, ...]:
    """The shipped models, and those pulled into `folder`, by name."""
    known = {each.name: each for each in registry.cards()}
    shipped = [
        Installed(each.name, each, each.path(), None) for each in known.values() if each.shipped()
    ]
    pulled = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        locked = None if path.name.startswith(".") or not path.is_dir() else lock.read(path)
        if locked is not None:
            pulled.append(Installed(locked.name, known.get(locked.name), path, locked))
    return (*shipped, *pulled)


def named(name: str, folder: Path) -> Installed:
    """The model of that name. Raises `ModelError` if it is unknown or not (wholly) here."""
    wanted = registry.find(name)
    for each in installed(folder):
        if each.name == wanted.usual_name():
            return each
    raise ModelError(f"{name} is not in {folder}; get it with: margay models pull {name}")


def verify(model: Installed) -> list[Problem]:
    """What is wrong with a model's files, each hashed against its lock and against its card."""
    if model.lock is None:
        return [] if model.card is None else card.verify(model.card, model.folder)
    problems = lock.verify(model.folder, model.lock)
    if model.card is not None and model.card.revision in model.revisions():
        digests = model.lock.digests()
        problems += [
            Problem(path, "its sha256 in the lock is not the one of the card")
            for path, expected in sorted(model.card.files.items())
            if digests.get(path) != expected
        ]
    return problems
