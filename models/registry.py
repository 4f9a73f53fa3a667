"""The whole zoo on one screen: a model's name to the class that runs it."""

import hashlib
from pathlib import Path

from models import card, onnx_folder, pixels
from models.base import Embedder, ModelError
from models.card import Card
from models.onnx_dual_encoder import OnnxDualEncoder

ONNX_PREFIX = "onnx:"


def names() -> tuple[str, ...]:
    """Every name `load` takes; the last one stands for any folder."""
    return (*(each.name for each in cards()), f"{ONNX_PREFIX}<folder>")


def cards() -> tuple[Card, ...]:
    """The cards of all models we know by name."""
    return tuple(card.read(path) for path in sorted(card.CARDS.glob("*.toml")))


def load(name: str, *, threads: int | None = None) -> Embedder:
    """The embedder of that name, ready to use. `threads` limits one forward pass.

    Raises `ModelError` for an unknown name (listing the known ones), for missing or altered files
    of a known model and for a folder that is no exported dual encoder.
    """
    match name:
        case "pocket":
            return _pocket(threads=threads)
        case folder if folder.startswith(ONNX_PREFIX):
            return _folder(Path(folder.removeprefix(ONNX_PREFIX)), name=name, threads=threads)
        case _:
            raise ModelError(f"unknown model {name!r}; known are {', '.join(names())}")


def _pocket(*, threads: int | None) -> Embedder:
    known = card.read(card.CARDS / "pocket.toml")
    problems = card.verify(known)
    if problems:
        listed = "; ".join(f"{each.file}: {each.problem}" for each in problems)
        raise ModelError(f"the files of {known.name} are not those of its card: {listed}")
    return OnnxDualEncoder(
        known.path(), name=known.name, fingerprint=_fingerprint(known.files), threads=threads
    )


def _folder(folder: Path, *, name: str, threads: int | None) -> Embedder:
    onnx_folder.read(folder)
    files = {file: card.sha256(folder / file) for file in onnx_folder.FILES}
    return OnnxDualEncoder(folder, name=name, fingerprint=_fingerprint(files), threads=threads)


def _fingerprint(files: dict[str, str]) -> str:
    """Sixteen hex digits of the weights, their settings and our preprocessing."""
    lines = [f"{file} {digest}" for file, digest in sorted(files.items())]
    whole = "\n".join([*lines, f"pixels {pixels.VERSION}"])
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
