"""The two layouts of the Grocery Store data set: as published, and reduced to small pictures."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from datasets.errors import DatasetError
from datasets.lines import lines, objects, unreadable

CLASSES: Final = "classes.csv"
REDUCED: Final = ("products.jsonl", "photos.csv")
COLUMNS: Final = (
    "Class Name (str)",
    "Class ID (int)",
    "Coarse Class Name (str)",
    "Iconic Image Path (str)",
    "Product Description Path (str)",
)


@dataclass(frozen=True, slots=True)
class Class:
    """A product: its sort and what it is a sort of."""

    id: str
    name: str
    category: str
    department: str
    description: str
    picture: Path


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo taken in a shop; `where` is its line in the list."""

    id: str
    path: Path
    product: str
    where: str


def is_here(folder: Path) -> bool:
    """Whether a folder holds either layout."""
    return _published(folder) is not None or _is_reduced(folder)


def classes(folder: Path) -> list[Class]:
    """The products by number. Raises DatasetError naming what cannot be read."""
    published = _published(folder)
    found = _reduced_classes(folder) if published is None else _published_classes(published)
    return sorted(found, key=lambda one: int(one.id))


def photos(folder: Path, split: str) -> Iterator[Photo]:
    """The photos of a split in the list's order. Raises DatasetError naming the line."""
    published = _published(folder)
    return _reduced_photos(folder, split) if published is None else _listed(published, split)


def _published(folder: Path) -> Path | None:
    """The repository's `dataset` folder, or the same given itself."""
    here = (folder / "dataset", folder)
    return next((one for one in here if (one / CLASSES).is_file()), None)


def _is_reduced(folder: Path) -> bool:
    return all((folder / name).is_file() for name in REDUCED)


def _reduced_classes(folder: Path) -> Iterator[Class]:
    for line in objects(folder / REDUCED[0]):
        fields = line.fields
        try:
            yield Class(
                id=str(int(fields["id"])),
                name=str(fields["name"]),
                category=str(fields["category"]),
                department=str(fields["department"]),
                description=str(fields["description"]),
                picture=folder / str(fields["image"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(f"{line.where}: {error} is missing or wrong") from error


def _published_classes(folder: Path) -> Iterator[Class]:
    for number, row in enumerate(_rows(folder / CLASSES), start=2):
        where = f"{CLASSES}:{number}"
        if any(not row.get(column) for column in COLUMNS):
            raise DatasetError(f"{where} needs the columns {', '.join(COLUMNS)}")
        name, id, category, picture, description = (row[column] for column in COLUMNS)
        if not id.isdecimal():
            raise DatasetError(f"{where}: {id[:40]!r} is not a class number")
        yield Class(
            id=str(int(id)),
            name=_words(name),
            category=_words(category),
            department=PurePosixPath(picture.lstrip("/")).parts[1],
            description=_description(folder / description.lstrip("/")),
            picture=folder / picture.lstrip("/"),
        )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from csv.DictReader(file)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise unreadable(path.name, error) from error


def _description(path: Path) -> str:
    try:
        return " ".join(path.read_text("utf-8-sig").split())
    except (OSError, UnicodeDecodeError) as error:
        raise unreadable(path.name, error) from error


def _words(name: str) -> str:
    return name.replace("-", " ")


def _listed(folder: Path, split: str) -> Iterator[Photo]:
    """Lines of `val/Fruit/Lemon/Lemon_001.jpg, 18, 4`: path, class, coarse class."""
    path = folder / f"{split}.txt"
    for line in lines(path):
        columns = [column.strip() for column in line.text.split(",")]
        if len(columns) != 3 or not columns[1].isdecimal():
            raise DatasetError(f"{line.where} must be: path, class, coarse class")
        name = PurePosixPath(columns[0])
        yield Photo(
            id=f"{split}-{name.stem}",
            path=folder / columns[0],
            product=str(int(columns[1])),
            where=line.where,
        )


def _reduced_photos(folder: Path, split: str) -> Iterator[Photo]:
    for number, row in enumerate(_rows(folder / REDUCED[1]), start=2):
        where = f"{REDUCED[1]}:{number}"
        name, product = row.get("file") or "", row.get("product_id") or ""
        if not name or not product.isdecimal():
            raise DatasetError(f"{where} needs file, product_id and split")
        if row.get("split") == split:
            stem = PurePosixPath(name).stem
            yield Photo(id=stem, path=folder / name, product=str(int(product)), where=where)
