"""How far an export has come, so that it can go on after a crash."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from datasets.errors import DatasetError

STATE: Final = "export.json"
VERSION: Final = 1


class Stage(StrEnum):
    PRODUCTS = "products"
    QUERIES = "queries"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Counts:
    """What was written, and what was left out.

    `missing_media` were named but are not there; a product that has nothing left, a query whose
    medium is missing or none of whose answers were written, and grades of products that were not
    written are left out.
    """

    products: int = 0
    queries: int = 0
    grades: int = 0
    missing_media: int = 0
    products_left_out: int = 0
    queries_left_out: int = 0
    grades_left_out: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """The last point that is safely on disk. `asked` is what the export was asked for."""

    asked: Mapping[str, Any]
    stage: Stage = Stage.PRODUCTS
    cursor: str | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)


def load(out: Path, asked: Mapping[str, Any]) -> State:
    """Where to go on; the beginning for a folder that is new or empty.

    Raises DatasetError if the folder holds something else, or an export of something else.
    """
    if out.exists() and not out.is_dir():
        raise DatasetError(f"{out} is a file; name a folder for the export")
    path = out / STATE
    if not path.exists():
        if out.exists() and any(out.iterdir()):
            raise DatasetError(f"{out} holds other files; name an empty or a new folder")
        return State(asked=asked)
    state = _read(path)
    if state.asked != asked:
        raise DatasetError(
            f"{out} holds an export of {_said(state.asked)}, not of {_said(asked)}; "
            "name another folder"
        )
    return state


def save(out: Path, state: State) -> None:
    """Replace the state in one step. Raises OSError."""
    draft = out / f".{STATE}.draft"
    with draft.open("w", encoding="utf-8") as file:
        json.dump({"version": VERSION, **asdict(state)}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(out / STATE)


def _read(path: Path) -> State:
    try:
        raw = json.loads(path.read_text("utf-8"))
        if raw["version"] != VERSION:
            raise DatasetError(f"{path} was written by another version; export to a new folder")
        return State(
            asked=raw["asked"],
            stage=Stage(raw["stage"]),
            cursor=raw["cursor"],
            sizes={str(name): int(size) for name, size in raw["sizes"].items()},
            counts=Counts(**raw["counts"]),
        )
    except DatasetError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(f"{path} is not the state of an export") from error


def _said(asked: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in asked.items() if value)
