"""Finds the catalog pictures of Amazon Berkeley Objects by their ids, in a folder or an archive."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from datasets.errors import DatasetError
from datasets.lines import lines
from datasets.records import Medium, Packed
from datasets.shelf import Shelf
from datasets.tar_members import members

TABLE: Final = "images/metadata/images.csv.gz"
SIZES: Final = ("original", "small")
"""Kept in `images/<size>/`; the larger one is taken where both are there."""
COLUMNS: Final = ("image_id", "path")


@dataclass(frozen=True, slots=True)
class Pictures:
    """Pictures of one size, unpacked (`folder`) or in an archive."""

    size: str
    folder: Path | None = None
    archive: Path | None = None

    def shelved(self) -> Shelved:
        """Their places, for one reading. Raises DatasetError if they cannot be read."""
        return Shelved(self)


class Shelved:
    """Looks pictures up by id, on disk: there are hundreds of thousands."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._paths = self._open.enter_context(Shelf())
        self._members = self._open.enter_context(Shelf())
        try:
            self._fill()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def find(self, id: str) -> Medium | None:
        """The picture, None if the table does not know it. A file that is named may be missing."""
        path = self._paths.first(id)
        if path is None:
            return None
        name = f"images/{self._pictures.size}/{path}"
        if self._pictures.folder is not None:
            return self._pictures.folder / name
        assert self._pictures.archive is not None
        place = self._members.first(name)
        if place is None:
            return None
        offset, size = place.split()
        return Packed(self._pictures.archive, name, int(offset), int(size))

    def _fill(self) -> None:
        folder, archive = self._pictures.folder, self._pictures.archive
        if folder is not None:
            self._paths.add(_table(folder / TABLE))
            return
        assert archive is not None
        table: list[Packed] = []
        self._members.add(_places(archive, table))
        if not table:
            raise DatasetError(f"{archive.name} has no {TABLE}")
        self._paths.add(_table(table[0]))


def find_pictures(folder: Path) -> Pictures | None:
    """The pictures of a download, unpacked or not; None if there are none."""
    if (folder / TABLE).is_file():
        for size in SIZES:
            if (folder / "images" / size).is_dir():
                return Pictures(size, folder=folder)
    for size in SIZES:
        archive = folder / f"abo-images-{size}.tar"
        if archive.is_file():
            return Pictures(size, archive=archive)
    return None


def _places(archive: Path, table: list[Packed]) -> Iterator[tuple[str, str]]:
    """Where each member begins and its size; the table goes into `table`."""
    for one in members(archive):
        if one.name == TABLE:
            table.append(one)
        yield one.name, f"{one.offset} {one.size}"


def _table(source: Path | Packed) -> Iterator[tuple[str, str]]:
    """Rows of image_id, height, width, path."""
    rows = csv.reader(line.text for line in lines(source))
    header = next(rows, [])
    if any(column not in header for column in COLUMNS):
        raise DatasetError(f"{Path(source.name).name} needs the columns {', '.join(COLUMNS)}")
    id, path = (header.index(column) for column in COLUMNS)
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise DatasetError(f"{Path(source.name).name}:{number} has {len(row)} columns")
        yield row[id], row[path]
