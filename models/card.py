"""Model cards: where a supported model comes from, which files exactly, and what it may do."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from models import strict_toml
from models.base import Modality, ModelError

CARDS = Path(__file__).parent / "cards"


@dataclass(frozen=True, slots=True)
class Card:
    """One supported model. `files` maps a path inside `folder` to its sha256."""

    name: str
    summary: str
    licence: str
    repository: str
    """Where the weights come from; `self` for weights that lie in this repository."""
    revision: str
    folder: str
    """Folder of the files, relative to the `models` package."""
    modalities: frozenset[Modality]
    joint: bool
    dimensions: tuple[int, ...]
    max_text_tokens: int
    limits: str
    files: dict[str, str]

    def path(self) -> Path:
        """Where the files lie on this machine."""
        return CARDS.parent / self.folder


@dataclass(frozen=True, slots=True)
class Problem:
    """One file that is not what the card says."""

    file: str
    problem: str


def read(path: Path) -> Card:
    """A card from its TOML file. Raises `ModelError` naming the key that is wrong."""
    table = strict_toml.Table(strict_toml.read(path), where=path.name)
    card = Card(
        name=table.take("name", str),
        summary=table.take("summary", str),
        licence=table.take("licence", str),
        repository=table.take("repository", str),
        revision=table.take("revision", str),
        folder=table.take("folder", str),
        modalities=_modalities(table.take_list("modalities", str), where=path.name),
        joint=table.take("joint", bool),
        dimensions=table.take_list("dimensions", int),
        max_text_tokens=table.take("max_text_tokens", int),
        limits=table.take("limits", str),
        files=table.texts("files"),
    )
    table.close()
    return card


def verify(card: Card) -> list[Problem]:
    """What is wrong with the files of a card; empty when all are there and unaltered."""
    problems = []
    for name, expected in sorted(card.files.items()):
        path = card.path() / name
        if not path.is_file():
            problems.append(Problem(name, "missing"))
        elif sha256(path) != expected:
            problems.append(Problem(name, "its sha256 is not the one of the card"))
    return problems


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _modalities(names: tuple[str, ...], *, where: str) -> frozenset[Modality]:
    known = {modality.value for modality in Modality}
    for name in names:
        if name not in known:
            raise ModelError(f"{where}: modalities: {name} is none of {', '.join(sorted(known))}")
    return frozenset(Modality(name) for name in names)
