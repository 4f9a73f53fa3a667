"""From a model's name to its card, its folder and the embedder or scorer that runs it."""

import hashlib
import importlib
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from models import card, lock, onnx_folder, onnx_layout, pixels
from models.base import Embedder, ModelError
from models.card import Card, Task
from models.options import LoadOptions
from models.scoring import Scorer

ONNX_PREFIX = "onnx:"
SENTENCE_TRANSFORMERS_PREFIX = "sentence-transformers:"
CROSS_ENCODER_PREFIX = "cross-encoder:"
LOADERS = {
    ONNX_PREFIX: ("models.onnx_dual_encoder:load", ""),
    SENTENCE_TRANSFORMERS_PREFIX: ("models.sentence_transformer:load", "torch"),
    CROSS_ENCODER_PREFIX: ("models.cross_encoder:load", "torch"),
}
"""Prefix of a name without card -> its loader and the extra that must be installed."""
DEFAULTS = LoadOptions()
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
TORCH = ("torch", "transformers", "torchvision", "sentence_transformers", "safetensors")
"""What the extra `torch` installs; the first two are needed by every model that needs any."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a name stands for. `rest` is the hub id or folder after a prefix."""

    name: str
    card: Card | None
    loader: str
    extra: str
    rest: str = ""

    def hub_id(self) -> bool:
        """Whether `rest` names a repository of the hub and no folder of this machine."""
        return HUB_ID.fullmatch(self.rest) is not None and not Path(self.rest).is_dir()

    @property
    def task(self) -> Task:
        """Whether it embeds contents or scores pairs."""
        if self.card is not None:
            return self.card.task
        return Task.RERANK if self.loader == LOADERS[CROSS_ENCODER_PREFIX][0] else Task.EMBED

    def usual_name(self) -> str:
        """The card's name, or the one that was given."""
        return self.name if self.card is None else self.card.name

    def folder_name(self) -> str:
        """The folder that pulled files lie in, inside the folder of all models."""
        return re.sub(r"[/:]", "--", self.usual_name())


def names() -> tuple[str, ...]:
    """Every name that can be loaded; those in brackets stand for any folder or repository."""
    return (
        *(each.name for each in cards()),
        f"{ONNX_PREFIX}<hub id or folder>",
        f"{SENTENCE_TRANSFORMERS_PREFIX}<hub id or folder>",
        f"{CROSS_ENCODER_PREFIX}<hub id or folder>",
    )


def cards() -> tuple[Card, ...]:
    """The cards of all models we know by name; those that need no pull come first."""
    found = (card.read(path) for path in card.CARDS.glob("*.toml"))
    return tuple(sorted(found, key=lambda each: (not each.shipped(), each.name)))


def find(name: str) -> Known:
    """What a name stands for. Raises `ModelError` for an unknown one, listing the known ones.

    A hub id that one of our cards pins is that card, so that both names share its files.
    """
    known = cards()
    for each in known:
        if each.name == name:
            return Known(name, each, each.loader, each.extra)
    for prefix, (loader, extra) in LOADERS.items():
        rest = name.removeprefix(prefix)
        if name.startswith(prefix) and rest:
            same = [c for c in known if (c.loader, c.repository) == (loader, rest)]
            return Known(name, same[0] if len(same) == 1 else None, loader, extra, rest)
    raise ModelError(f"unknown model {name!r}; known are {', '.join(names())}")


def folder(known: Known, options: LoadOptions) -> Path:
    """Where the files of a model lie, or would lie if they were pulled.

    Raises `ModelError` when they would lie in the folder of all models and none is given.
    """
    if options.weights is not None:
        return options.weights
    if known.card is not None and known.card.shipped():
        return known.card.path()
    if known.rest and not known.hub_id():
        return Path(known.rest)
    if options.folder is None:
        raise ModelError(f"{known.name}: no folder of pulled models is given")
    return options.folder / known.folder_name()


def load(name: str, options: LoadOptions = DEFAULTS) -> Embedder:
    """The embedder of that name, ready to use.

    Raises `ModelError` for an unknown name (listing the known ones), for a model that reranks, for
    a part of the installation that is missing, and for missing or altered files.
    """
    embedder: Embedder = _open(check_task(name, Task.EMBED), options)
    return embedder


def load_scorer(name: str, options: LoadOptions = DEFAULTS) -> Scorer:
    """The scorer of that name, ready to use. Raises `ModelError` as `load` does."""
    scorer: Scorer = _open(check_task(name, Task.RERANK), options)
    return scorer


def check_task(name: str, task: Task) -> Known:
    """What a name stands for. Raises `ModelError` if it is unknown or not for that task."""
    known = find(name)
    if known.task is not task:
        kinds = {Task.EMBED: "an embedder", Task.RERANK: "a cross-encoder, which reranks"}
        raise ModelError(f"{name} is {kinds[known.task]}, not {kinds[task].partition(',')[0]}")
    return known


def _open(known: Known, options: LoadOptions) -> Any:
    """What the loader of a known model makes of its files, once they are found unaltered."""
    require(known)
    where = folder(known, options)
    digests = _digests(known, where, given=options.weights is not None)
    module_name, function = known.loader.split(":")
    module = _import(module_name, known)
    return getattr(module, function)(
        known.card,
        where,
        name=known.name,
        fingerprint=_fingerprint(digests, module),
        options=options,
    )


def require(known: Known) -> None:
    """Raise `ModelError` that says what to type when the loader's libraries are missing."""
    if known.extra and any(importlib.util.find_spec(each) is None for each in TORCH[:2]):
        raise _uninstalled(known)


def _import(module: str, known: Known) -> ModuleType:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in TORCH:
            raise
        raise _uninstalled(known) from error


def _uninstalled(known: Known) -> ModelError:
    extra = known.extra or "torch"
    return ModelError(
        f"{known.name} needs libraries that are not installed: "
        f"in Margay's folder, run scripts/venv.sh {extra}"
    )


def _digests(known: Known, where: Path, *, given: bool) -> dict[str, str]:
    """Path to sha256 of the files that make the vectors. Raises `ModelError` if any is wrong."""
    free = given or (known.rest and not known.hub_id())
    if not where.is_dir():
        hint = "no such folder" if free else f"pull it first: margay models pull {known.name}"
        raise ModelError(f"the files of {known.name} are not in {where}; {hint}")
    locked = lock.read(where)
    if locked is not None:
        _refuse(known, lock.suspects(where, locked), book="lock")
        return locked.digests()
    if free:
        return {path: card.sha256(where / path) for path in _files(known, where)}
    if known.card is None or not known.card.shipped():
        raise ModelError(
            f"{known.name} is only half pulled; finish it: margay models pull {known.name}"
        )
    _refuse(known, card.verify(known.card, where), book="card")
    return known.card.files


def _refuse(known: Known, problems: list[card.Problem], *, book: str) -> None:
    if problems:
        listed = "; ".join(f"{each.file}: {each.problem}" for each in problems)
        raise ModelError(f"the files of {known.name} are not those of its {book}: {listed}")


def _files(known: Known, where: Path) -> list[str]:
    """The files of a folder that can change a vector, by their paths inside it."""
    if (where / onnx_folder.CONFIG).is_file():
        return [name for name in onnx_folder.FILES if (where / name).is_file()]
    if known.loader == LOADERS[ONNX_PREFIX][0]:
        variant = "" if known.card is None else known.card.variant
        return list(onnx_layout.files(where, variant=variant or None))
    return lock.inside(where)


def _fingerprint(files: dict[str, str], module: ModuleType) -> str:
    """Sixteen hex digits of the weights, their settings and the preprocessing.

    A loader's module names the versions of its own preprocessing in `PREPROCESSING`.
    """
    lines = [f"{file} {digest}" for file, digest in sorted(files.items())]
    steps: str = getattr(module, "PREPROCESSING", f"pixels {pixels.VERSION}")
    return hashlib.sha256("\n".join([*lines, steps]).encode()).hexdigest()[:16]
