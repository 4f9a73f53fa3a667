"""Model cards: where a supported model comes from, which files exactly, and what it may do."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from models import strict_toml
from models.base import Modality, ModelError

CARDS = Path(__file__).parent / "cards"
SHIPPED = "self"
"""The repository of a model whose weights lie beside this file."""
COMMIT = re.compile(r"[0-9a-f]{40}")
LOADER = re.compile(r"models(\.[a-z0-9_]+)+:[a-z_]+")


class Task(StrEnum):
    """What a model is for."""

    EMBED = "embed"
    RERANK = "rerank"
    """It scores pairs (`models.scoring`) and has no vectors."""


@dataclass(frozen=True, slots=True)
class Source:
    """Files of one hub repository. `pick` are file name patterns as `fnmatch` takes them."""

    repository: str
    revision: str
    """A full commit, or a branch or tag that the first pull resolves and pins in its lock."""
    pick: tuple[str, ...]

    def pinned(self) -> bool:
        """Whether the revision can mean only one state of the repository."""
        return COMMIT.fullmatch(self.revision) is not None


@dataclass(frozen=True, slots=True)
class Card:
    """One supported model. `files` maps a path inside the model's folder to its sha256."""

    name: str
    summary: str
    licence: str
    loader: str
    """`module:function`, imported only when this model is loaded."""
    extra: str
    """The optional part of the installation that the loader needs; "" for none."""
    sources: tuple[Source, ...]
    folder: str
    """Folder of the files, relative to the `models` package; only of a shipped model."""
    modalities: frozenset[Modality]
    joint: bool
    hears_video: bool
    dimensions: tuple[int, ...]
    """Lengths of its vectors, longest first; none for a model that reranks."""
    max_text_tokens: int
    limits: str
    advice: str
    trust_remote_code: bool
    """Whether Python code of the repository may run; only with a pinned revision."""
    task: Task
    variant: str
    """Which of several exports of the same network, such as `int8`; "" for the plain one."""
    files: dict[str, str]
    min_scores: dict[str, float]
    """Similarities below which hits are mostly wrong, by type of query, as `margay evaluate`
    measured them on the sample catalog at full size; none where nobody measured."""

    @property
    def repository(self) -> str:
        """Where the weights come from; `self` for weights that lie in this repository."""
        return self.sources[0].repository

    @property
    def revision(self) -> str:
        """The state of `repository` that is meant."""
        return self.sources[0].revision

    def shipped(self) -> bool:
        """Whether the files came with this installation."""
        return self.repository == SHIPPED

    def path(self) -> Path:
        """Where the files of a shipped model lie on this machine."""
        return CARDS.parent / self.folder


@dataclass(frozen=True, slots=True)
class Problem:
    """One file that is not what the card or the lock says."""

    file: str
    problem: str


def read(path: Path) -> Card:
    """A card from its TOML file. Raises `ModelError` naming the key that is wrong."""
    table = strict_toml.Table(strict_toml.read(path), where=path.name)
    task = _task(table.take("task", str, default=Task.EMBED.value), where=path.name)
    card = Card(
        name=table.take("name", str),
        summary=table.take("summary", str),
        licence=table.take("licence", str),
        loader=table.take("loader", str),
        extra=table.take("extra", str, default=""),
        sources=_sources(table, where=path.name),
        folder=table.take("folder", str, default=""),
        modalities=_modalities(table.take_list("modalities", str), where=path.name),
        joint=table.take("joint", bool, default=False),
        hears_video=table.take("hears_video", bool, default=False),
        dimensions=table.take_list("dimensions", int, optional=task is Task.RERANK),
        max_text_tokens=table.take("max_text_tokens", int),
        limits=table.take("limits", str),
        advice=table.take("advice", str, default=""),
        trust_remote_code=table.take("trust_remote_code", bool, default=False),
        task=task,
        variant=table.take("variant", str, default=""),
        files=table.texts("files", optional=True),
        min_scores=table.numbers("min_scores"),
    )
    table.close()
    _check(card, where=path.name)
    return card


def verify(card: Card, folder: Path) -> list[Problem]:
    """What is wrong with the files that the card knows; empty when all are there and unaltered."""
    problems = []
    for name, expected in sorted(card.files.items()):
        path = folder / name
        if not path.is_file():
            problems.append(Problem(name, "missing"))
        elif sha256(path) != expected:
            problems.append(Problem(name, "its sha256 is not the one of the card"))
    return problems


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sources(table: strict_toml.Table, *, where: str) -> tuple[Source, ...]:
    """The one source in the card's own keys, or several in `[[sources]]`."""
    several = table.tables("sources")
    if not several:
        return (_source(table, shipped=True, where=where),)
    read_all = tuple(_source(each, shipped=False, where=where) for each in several)
    for each in several:
        each.close()
    return read_all


def _source(table: strict_toml.Table, *, shipped: bool, where: str) -> Source:
    repository = table.take("repository", str)
    revision = table.take("revision", str)
    if shipped and repository == SHIPPED:
        return Source(repository, revision, ())
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[\w.-]+", repository):
        raise ModelError(f"{where}: repository: {repository} is no hub id (owner/name)")
    return Source(repository, revision, table.take_list("pick", str))


def _check(card: Card, *, where: str) -> None:
    """Refuse what each key allows and all together do not."""
    if not LOADER.fullmatch(card.loader):
        raise ModelError(f"{where}: loader must look like models.module:function")
    if card.task is Task.RERANK and card.dimensions:
        raise ModelError(f"{where}: a model that reranks has no dimensions")
    if card.shipped() and not (card.folder and card.files):
        raise ModelError(f"{where}: a shipped model needs folder and files")
    if card.trust_remote_code and not all(source.pinned() for source in card.sources):
        raise ModelError(
            f"{where}: trust_remote_code needs a revision pinned to a full commit, "
            f"not {card.revision!r}: a branch could bring other code tomorrow"
        )


def _task(name: str, *, where: str) -> Task:
    if name not in tuple(Task):
        raise ModelError(f"{where}: task: {name} is none of {', '.join(Task)}")
    return Task(name)


def _modalities(names: tuple[str, ...], *, where: str) -> frozenset[Modality]:
    known = {modality.value for modality in Modality}
    for name in names:
        if name not in known:
            raise ModelError(f"{where}: modalities: {name} is none of {', '.join(sorted(known))}")
    return frozenset(Modality(name) for name in names)
