"""Reads Amazon Reviews 2023: product metadata with picture addresses, and ratings."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Final

from datasets.errors import DatasetError
from datasets.lines import Fields, objects, objects_in
from datasets.plain_text import plain
from datasets.records import About, Judged, Product, Totals
from datasets.shelf import Shelf

ABOUT: Final = About(
    name="amazon-reviews-2023",
    title="Amazon Reviews 2023 (Hou et al., McAuley Lab, UC San Diego)",
    licence="No licence is stated; the authors offer it for research. Titles, texts and pictures "
    "belong to Amazon, its sellers and its customers.",
    source="https://amazon-reviews-2023.github.io",
    layout="meta_<category>.jsonl or .jsonl.gz (one or several), beside them or in "
    "raw/meta_categories/; the reviews <category>.jsonl(.gz) or raw/review_categories/ if you "
    "want ratings counted",
)
META: Final = re.compile(r"meta_(?P<category>\w+)\.jsonl(\.gz)?")
META_PLACES: Final = ("", "raw/meta_categories")
REVIEW_PLACES: Final = ("", "raw/review_categories")
PRICE: Final = re.compile(r"\d+(\.\d+)?")


@dataclass(frozen=True, slots=True)
class AmazonReviews:
    """Products by `parent_asin`; pictures are addresses, the largest of each.

    Signals: `rating` (1 to 5) and `ratings` (how many), counted from the reviews where their
    files are there, else those of the metadata.
    """

    files: tuple[Path, ...]
    reviews: tuple[Path, ...]
    about: About = ABOUT

    def totals(self) -> Totals:
        """Unknown without reading gigabytes."""
        return Totals(None, 0)

    def products(self, after: str | None = None) -> Iterator[Product]:
        """Every line of the metadata, by file and line."""
        with Shelf() as ratings:
            for path in self.reviews:
                ratings.add(_rated(path))
            for line in objects_in(self.files, after=after):
                yield _product(line, ratings if self.reviews else None)

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        """None: reviews judge what was bought, not what was asked for."""
        del after
        return iter(())


def open_amazon_reviews(folder: Path) -> AmazonReviews:
    """Open the metadata of one or several categories. Raises DatasetError if there is none."""
    files = sorted(_matching(folder))
    if not files:
        raise DatasetError(f"{folder} has no metadata; it needs {ABOUT.layout}")
    categories = [match["category"] for one in files if (match := META.fullmatch(one.name))]
    reviews = [path for category in categories for path in _reviews(folder, category)]
    return AmazonReviews(tuple(files), tuple(reviews))


def _matching(folder: Path) -> Iterator[Path]:
    for place in META_PLACES:
        if (folder / place).is_dir():
            yield from (one for one in (folder / place).iterdir() if META.fullmatch(one.name))


def _reviews(folder: Path, category: str) -> Iterator[Path]:
    for place in REVIEW_PLACES:
        for suffix in (".jsonl", ".jsonl.gz"):
            path = folder / place / f"{category}{suffix}"
            if path.is_file():
                yield path
                return


def _rated(path: Path) -> Iterator[tuple[str, str]]:
    for line in objects(path):
        item, rating = line.fields.get("parent_asin"), line.fields.get("rating")
        if not isinstance(item, str) or not isinstance(rating, int | float) or not isfinite(rating):
            raise DatasetError(f"{line.where} needs parent_asin and rating")
        yield item, str(float(rating))


def _product(line: Fields, ratings: Shelf | None) -> Product:
    fields = line.fields
    id = fields.get("parent_asin")
    if not isinstance(id, str) or not id:
        raise DatasetError(f"{line.where} needs parent_asin")
    words = [*_texts(fields.get("description")), *_texts(fields.get("features"))]
    return Product(
        id=id,
        title=plain(str(fields.get("title") or "")),
        description="\n".join(word for word in words if word),
        sku=id,
        images=tuple(_pictures(fields.get("images"))),
        attributes=_attributes(fields),
        signals=_signals(fields) if ratings is None else _counted(ratings.all(id)),
        cursor=line.cursor,
    )


def _texts(value: object) -> list[str]:
    return [plain(str(one)) for one in value] if isinstance(value, list) else []


def _pictures(value: object) -> Iterator[str]:
    """The largest address of each picture, from a list of pictures or from a list a size."""
    if isinstance(value, Mapping):  # as the tables of the same data have them
        sizes = [value.get(size) for size in ("hi_res", "large")]
        columns = [one if isinstance(one, Sequence) else [] for one in sizes]
        count = max(len(column) for column in columns)
        value = [
            {
                size: column[at] if at < len(column) else None
                for size, column in zip(("hi_res", "large"), columns, strict=True)
            }
            for at in range(count)
        ]
    for one in value if isinstance(value, list) else []:
        address = one.get("hi_res") or one.get("large") if isinstance(one, Mapping) else None
        if isinstance(address, str) and address.startswith(("http://", "https://")):
            yield address


def _attributes(fields: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, column in (("category", "main_category"), ("store", "store")):
        if isinstance(fields.get(column), str):
            made[name] = fields[column]
    if (price := _price(fields.get("price"))) is not None:
        made["price"] = price
    if categories := _texts(fields.get("categories")):
        made["categories"] = categories
    brand = _details(fields.get("details")).get("Brand")
    if isinstance(brand, str):
        made["brand"] = brand
    return made


def _details(value: object) -> Mapping[str, Any]:
    """An object, or the same as a string of JSON."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}


def _price(value: object) -> float | None:
    """A number, or the first number of a text such as "from 12.99"."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if isfinite(value) else None
    found = PRICE.search(str(value).replace(",", ""))
    return float(found[0]) if found else None


def _signals(fields: Mapping[str, Any]) -> dict[str, float]:
    named = (("rating", "average_rating"), ("ratings", "rating_number"))
    return {
        name: float(value)
        for name, column in named
        if isinstance(value := fields.get(column), int | float) and isfinite(value)
    }


def _counted(ratings: Sequence[str]) -> dict[str, float]:
    if not ratings:
        return {}
    mean = sum(float(one) for one in ratings) / len(ratings)
    return {"rating": round(mean, 3), "ratings": float(len(ratings))}
