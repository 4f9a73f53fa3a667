"""Reads CIRCO: a photo of COCO, a sentence that changes it, and all the photos that fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datasets.cursors import numbered
from datasets.errors import DatasetError
from datasets.json_file import read_list
from datasets.records import About, Judged, Product, Totals

ABOUT: Final = About(
    name="circo",
    title="CIRCO, Composed Image Retrieval on Common Objects in context (Baldrati et al., "
    "ICCV 2023)",
    licence="Annotations: CC BY-NC 4.0 (not for commercial use). The pictures are of COCO, under "
    "the terms of their photographers on Flickr.",
    source="https://github.com/miccunifi/CIRCO; pictures: https://cocodataset.org/#download "
    "(2017 Unlabeled images)",
    layout="annotations/val.json and COCO2017_unlabeled/unlabeled2017/<12 digits>.jpg",
    splits=("val",),
)
PICTURES: Final = "COCO2017_unlabeled/unlabeled2017"
GRADE: Final = 1


@dataclass(frozen=True, slots=True)
class Circo:
    """Some 123,000 photos without words, and 220 queries with every right answer among them."""

    folder: Path
    about: About = ABOUT

    def totals(self) -> Totals:
        """Exact."""
        return Totals(len(self._names()), len(read_list(self._annotations())))

    def products(self, after: str | None = None) -> Iterator[Product]:
        """Every photo by number, reference photos too."""
        return numbered(self._products(), after=after)

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        """Reference photo and relative caption; every ground truth counts the same."""
        return numbered(self._queries(), after=after)

    def _products(self) -> Iterator[Product]:
        for name in self._names():
            path = self.folder / PICTURES / name
            if not path.stem.isdecimal():
                raise DatasetError(f"{PICTURES}/{name}: a photo of COCO is named by its number")
            yield Product(id=str(int(path.stem)), images=(path,))

    def _names(self) -> list[str]:
        return sorted(one.name for one in (self.folder / PICTURES).glob("*.jpg"))

    def _queries(self) -> Iterator[Judged]:
        path = self._annotations()
        for number, one in enumerate(read_list(path)):
            yield self._query(one, f"{path.name}[{number}]")

    def _query(self, one: Any, where: str) -> Judged:
        try:
            return Judged(
                id=str(int(one["id"])),
                text=str(one["relative_caption"]).strip(),
                image=self.folder / PICTURES / f"{int(one['reference_img_id']):012d}.jpg",
                grades={str(int(id)): GRADE for id in one["gt_img_ids"]},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DatasetError(
                f"{where} needs id, reference_img_id, relative_caption and gt_img_ids"
            ) from error

    def _annotations(self) -> Path:
        return self.folder / "annotations/val.json"


def open_circo(folder: Path) -> Circo:
    """Open the validation part; the answers of the test part are not published.

    Raises DatasetError if annotations or photos are not in the folder.
    """
    if not (folder / "annotations/val.json").is_file() or not (folder / PICTURES).is_dir():
        raise DatasetError(f"{folder} has no CIRCO; it needs {ABOUT.layout}")
    return Circo(folder)
