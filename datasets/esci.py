"""Reads the Shopping Queries Data Set (ESCI), with pictures of SQID where they lie beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datasets import parquet_rows
from datasets.cursors import number_of
from datasets.errors import DatasetError
from datasets.plain_text import plain
from datasets.records import About, Judged, Product, Totals
from datasets.shelf import Shelf
from datasets.sqid import addresses, find_tables

ABOUT: Final = About(
    name="esci",
    title="Shopping Queries Data Set, ESCI (Reddy et al., 2022), with pictures of SQID "
    "(Al Ghossein et al., 2024)",
    licence="ESCI: Apache-2.0. SQID: MIT; it holds addresses, the pictures belong to Amazon and "
    "its sellers.",
    source="https://github.com/amazon-science/esci-data and "
    "https://github.com/Crossing-Minds/shopping-queries-image-dataset",
    layout="shopping_queries_dataset_examples.parquet and _products.parquet (or in "
    "shopping_queries_dataset/); for pictures sqid/product_image_urls.csv (or .parquet, or in "
    "data/) and supp_product_image_urls.csv",
    splits=("test", "train", "large-test", "large-train"),
    locales=("us", "es", "jp"),
)
PREFIX: Final = "shopping_queries_dataset_"
GRADES: Final = {"E": 3, "S": 2, "C": 1, "I": 0}
"""Exact, substitute, complement, irrelevant: best first, as its authors order them."""
EXAMPLES: Final = (
    "query",
    "query_id",
    "product_id",
    "product_locale",
    "esci_label",
    "small_version",
    "large_version",
    "split",
)
PRODUCTS: Final = (
    "product_id",
    "product_title",
    "product_description",
    "product_bullet_point",
    "product_brand",
    "product_color",
    "product_locale",
)


@dataclass(frozen=True, slots=True)
class Esci:
    """Products of one marketplace, and the queries of a split.

    `test` and `train` are of the reduced version (the ranking task, and what SQID covers),
    `large-test` and `large-train` of the larger one.
    """

    examples: Path
    catalog: Path
    pictures: tuple[Path, ...]
    split: str
    locale: str
    about: About = ABOUT

    def totals(self) -> Totals:
        """Unknown without reading the files: they hold every marketplace and split."""
        return Totals()

    def products(self, after: str | None = None) -> Iterator[Product]:
        """Every product of the marketplace, by row."""
        with Shelf() as found:
            for table in self.pictures:
                found.add(addresses(table))
            start = number_of(after)
            for number, row in parquet_rows.rows(self.catalog, PRODUCTS, start=start):
                if row["product_locale"] == self.locale:
                    yield _product(row, number, found)

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        """Every query of the split by number, with all its judgements."""
        with Shelf() as judgments:
            judgments.add(self._judgments())
            for key, values in judgments.groups(after=after):
                judged = [json.loads(value) for value in values]
                yield Judged(
                    id=str(int(key)),
                    text=judged[0][0],
                    grades={product: grade for _, product, grade in judged},
                    category=self.locale,
                    cursor=key,
                )

    def _judgments(self) -> Iterator[tuple[str, str]]:
        version, _, split = self.split.rpartition("-")
        column = "large_version" if version else "small_version"
        for number, row in parquet_rows.rows(self.examples, EXAMPLES):
            if row["product_locale"] == self.locale and row["split"] == split and row[column]:
                where = f"{self.examples.name}, row {number}"
                yield _judgment(row, where)


def open_esci(folder: Path, *, split: str, locale: str) -> Esci:
    """Open the tables. Raises DatasetError if they are not in the folder."""
    for place in (folder, folder / "shopping_queries_dataset"):
        examples, catalog = (place / f"{PREFIX}{name}.parquet" for name in ("examples", "products"))
        if examples.is_file() and catalog.is_file():
            return Esci(examples, catalog, tuple(find_tables(folder)), split, locale)
    raise DatasetError(f"{folder} has no tables of ESCI; it needs {ABOUT.layout}")


def _judgment(row: dict[str, Any], where: str) -> tuple[str, str]:
    if row["esci_label"] not in GRADES:
        raise DatasetError(f"{where}: {row['esci_label']!r} is not one of {', '.join(GRADES)}")
    try:
        key = f"{int(row['query_id']):012d}"  # so that keys sort as numbers do
    except (TypeError, ValueError) as error:
        raise DatasetError(f"{where}: query_id is not a number") from error
    return key, json.dumps([row["query"], row["product_id"], GRADES[row["esci_label"]]])


def _product(row: dict[str, Any], number: int, pictures: Shelf) -> Product:
    words = (row["product_description"], row["product_bullet_point"])
    address = pictures.first(row["product_id"])
    named = (("brand", "product_brand"), ("color", "product_color"))
    return Product(
        id=row["product_id"],
        title=plain(row["product_title"] or ""),
        description="\n".join(plain(one) for one in words if one),
        sku=row["product_id"],
        images=() if address is None else (address,),
        attributes={name: row[column] for name, column in named if row[column]},
        cursor=str(number + 1),
    )
