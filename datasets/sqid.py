"""Reads the picture addresses of the Shopping Queries Image Dataset (SQID)."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from datasets import parquet_rows
from datasets.errors import DatasetError
from datasets.lines import unreadable

COLUMNS: Final = ("product_id", "image_url")
NAMES: Final = ("product_image_urls", "supp_product_image_urls")
PLACES: Final = ("sqid", "data", "")
NO_PICTURE: Final = "/digital/video/web/Default_Background_Art"
"""In the address that stands for every film without a picture of its own."""


def find_tables(folder: Path) -> Iterator[Path]:
    """The tables that are there, of the repository (CSV) or of the hub (Parquet)."""
    for name in NAMES:
        paths = (
            folder / place / f"{name}{end}" for place in PLACES for end in (".csv", ".parquet")
        )
        found = next((path for path in paths if path.is_file()), None)
        if found is not None:
            yield found


def addresses(table: Path) -> Iterator[tuple[str, str]]:
    """Product id and address of every product that has a picture of its own.

    Raises DatasetError if the table cannot be read.
    """
    rows = _of_parquet(table) if table.suffix == ".parquet" else _of_csv(table)
    for product, address in rows:
        if product and address and NO_PICTURE not in address:
            yield product, address


def _of_parquet(table: Path) -> Iterator[tuple[str | None, str | None]]:
    for _, row in parquet_rows.rows(table, COLUMNS):
        yield row["product_id"], row["image_url"]


def _of_csv(table: Path) -> Iterator[tuple[str | None, str | None]]:
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if any(column not in (reader.fieldnames or ()) for column in COLUMNS):
                raise DatasetError(f"{table.name} needs the columns {', '.join(COLUMNS)}")
            for row in reader:
                yield row["product_id"], row["image_url"]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise unreadable(table.name, error) from error
