"""Reads Fashion IQ: a garment on a picture, and what another one has in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datasets.cursors import numbered
from datasets.errors import DatasetError
from datasets.json_file import read_list
from datasets.lines import lines
from datasets.records import About, Judged, Medium, Product, Totals

TYPES: Final = ("dress", "shirt", "toptee")
SPLITS: Final = ("val", "train")
ABOUT: Final = About(
    name="fashioniq",
    title="Fashion IQ (Wu et al., CVPR 2021)",
    licence="Annotations: Community Data License Agreement. The pictures are Amazon's and its "
    "sellers'; only their addresses are published.",
    source="https://github.com/XiaoxiaoGuo/fashion-iq; addresses of the pictures: "
    "https://github.com/hongwang600/fashion-iq-metadata",
    layout="captions/cap.<type>.<split>.json, image_splits/split.<type>.<split>.json, and the "
    "pictures images/<asin>.jpg (or .png), or image_url/asin2url.<type>.txt to fetch them",
    splits=tuple(f"{split}{end}" for split in SPLITS for end in ("", *(f"-{t}" for t in TYPES))),
)
SUFFIXES: Final = (".jpg", ".png", ".jpeg")
GRADE: Final = 1


@dataclass(frozen=True, slots=True)
class FashionIq:
    """Garments by ASIN, without words; a split of all three types, or of one (`val-dress`)."""

    folder: Path
    split: str
    types: tuple[str, ...]
    about: About = ABOUT

    def totals(self) -> Totals:
        """Exact: the lists are short."""
        return Totals(sum(1 for _ in self._products()), sum(1 for _ in self._queries()))

    def products(self, after: str | None = None) -> Iterator[Product]:
        """Every garment of the split, whether a query wants it or not; one of two types once."""
        return numbered(self._products(), after=after)

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        """The reference garment, and both of its captions in one sentence; category is the type."""
        return numbered(self._queries(), after=after)

    def _products(self) -> Iterator[Product]:
        seen: set[str] = set()
        for kind in self.types:
            pictures = self._pictures(kind)
            for one in read_list(self.folder / f"image_splits/split.{kind}.{self.split}.json"):
                asin = str(one)
                if asin not in seen:
                    yield Product(id=asin, images=pictures.of(asin), attributes={"category": kind})
                seen.add(asin)

    def _queries(self) -> Iterator[Judged]:
        for kind in self.types:
            name = f"cap.{kind}.{self.split}.json"
            pictures = self._pictures(kind)
            for number, one in enumerate(read_list(self.folder / "captions" / name)):
                yield _query(one, f"{name}[{number}]", f"{kind}-{number}", kind, pictures)

    def _pictures(self, kind: str) -> _Pictures:
        return _Pictures(self.folder / "images", _addresses(self.folder, kind))


@dataclass(frozen=True, slots=True)
class _Pictures:
    """A file where there is one, else the address, else where the file should be."""

    folder: Path
    addresses: Mapping[str, str]

    def of(self, asin: str) -> tuple[Medium, ...]:
        paths = [self.folder / f"{asin}{suffix}" for suffix in SUFFIXES]
        found = next((path for path in paths if path.is_file()), None)
        return (found or self.addresses.get(asin) or paths[0],)


def open_fashioniq(folder: Path, *, split: str) -> FashionIq:
    """Open a split. Raises DatasetError if its lists are not in the folder."""
    part, _, kind = split.partition("-")
    if not (folder / f"image_splits/split.{kind or TYPES[0]}.{part}.json").is_file():
        raise DatasetError(f"{folder} has no {split} of Fashion IQ; it needs {ABOUT.layout}")
    return FashionIq(folder, part, (kind,) if kind else TYPES)


def _query(one: Any, where: str, id: str, kind: str, pictures: _Pictures) -> Judged:
    try:
        captions = [str(caption).strip() for caption in one["captions"]]
        candidate, target = str(one["candidate"]), str(one["target"])
    except (KeyError, TypeError) as error:
        raise DatasetError(f"{where} needs candidate, target and captions") from error
    return Judged(
        id=id,
        text=" and ".join(caption for caption in captions if caption),
        image=pictures.of(candidate)[0],
        grades={target: GRADE},
        category=kind,
    )


def _addresses(folder: Path, kind: str) -> dict[str, str]:
    """Lines of `<asin> <tab> <address>`; some thousands a type."""
    for place in ("image_url", ""):
        path = folder / place / f"asin2url.{kind}.txt"
        if path.is_file():
            pairs = (line.text.split() for line in lines(path))
            return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    return {}
