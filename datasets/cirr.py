"""Reads CIRR: a photo, and a sentence that says how another photo differs from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datasets.cursors import numbered
from datasets.errors import DatasetError
from datasets.json_file import read_list, read_object
from datasets.records import About, Judged, Product, Totals

ABOUT: Final = About(
    name="cirr",
    title="CIRR, Composed Image Retrieval on Real-life images (Liu et al., ICCV 2021)",
    licence="Annotations: MIT. The pictures are of NLVR2, whose terms bind who uses them; nobody "
    "licenses them.",
    source="https://github.com/Cuberick-Orion/CIRR (branch cirr_dataset); pictures: "
    "https://lil.nlp.cornell.edu/nlvr/",
    layout="captions/cap.<version>.<split>.json, image_splits/split.<version>.<split>.json and "
    "img_raw/{train,dev,test1}/",
    splits=("val", "train"),
)
PICTURES: Final = "img_raw"
TARGET, LIKELY, PARTLY, WRONG = 3, 2, 1, 0
"""Grades: the target; what annotators took for one mostly (0.5) or at times (0.2); its rivals."""


@dataclass(frozen=True, slots=True)
class Cirr:
    """Photos without words; a query's rivals are the other photos of its set of six.

    The rivals were chosen to look alike and are graded 0. What annotators disagreed on entirely
    (-1 in the data) is not graded.
    """

    folder: Path
    captions: Path
    pictures: Path
    about: About = ABOUT

    def totals(self) -> Totals:
        """Exact: the lists are short."""
        return Totals(len(read_object(self.pictures)), len(read_list(self.captions)))

    def products(self, after: str | None = None) -> Iterator[Product]:
        """Every photo of the split, reference photos too."""
        return numbered(self._products(), after=after)

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        """Reference photo and caption."""
        return numbered(self._queries(), after=after)

    def _products(self) -> Iterator[Product]:
        for name, path in read_object(self.pictures).items():
            yield Product(id=name, images=(self._picture(path),))

    def _queries(self) -> Iterator[Judged]:
        paths = read_object(self.pictures)
        for number, one in enumerate(read_list(self.captions)):
            where = f"{self.captions.name}[{number}]"
            try:
                reference = str(one["reference"])
                yield Judged(
                    id=str(one["pairid"]),
                    text=" ".join(str(one["caption"]).split()),
                    image=self._picture(paths[reference]),
                    grades=grades(one),
                )
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise DatasetError(
                    f"{where} needs pairid, reference, caption, target_hard, target_soft, img_set"
                ) from error

    def _picture(self, path: object) -> Path:
        return self.folder / PICTURES / str(path).removeprefix("./")


def open_cirr(folder: Path, *, split: str) -> Cirr:
    """Open a split, of the newest version that is there. Raises DatasetError if it is not."""
    for place in (folder, folder / "cirr"):
        captions = sorted(place.glob(f"captions/cap.*.{split}.json"))
        pictures = sorted(place.glob(f"image_splits/split.*.{split}.json"))
        if captions and pictures:
            return Cirr(place, captions[-1], pictures[-1])
    raise DatasetError(f"{folder} has no {split} of CIRR; it needs {ABOUT.layout}")


def grades(one: Mapping[str, Any]) -> dict[str, int]:
    """Grades of a query from its hard target, its soft ones and its set."""
    made = {str(name): WRONG for name in one["img_set"]["members"]}
    for name, weight in one["target_soft"].items():
        if float(weight) > 0:
            made[str(name)] = TARGET if weight >= 1 else LIKELY if weight >= 0.5 else PARTLY
        else:
            made.pop(str(name), None)
    made[str(one["target_hard"])] = TARGET
    return made
