"""Reads our own sample catalog, and draws it where it is not there yet."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from datasets.errors import DatasetError
from datasets.folder import PRODUCTS, Folder
from datasets.records import About

ABOUT: Final = About(
    name="sample",
    title="Margay's sample catalog: 900 products of a shop that does not exist, drawn by code",
    licence="Apache-2.0, as Margay itself.",
    source="Drawn here; nothing is downloaded.",
    layout="an empty or a new folder, or one that holds the catalog already",
)


def open_sample(folder: Path) -> Folder:
    """Open the catalog, after drawing it if need be. Raises DatasetError if it cannot be drawn."""
    if not (folder / PRODUCTS[0]).is_file():
        # Not before it is wanted: drawing needs Pillow and what draws.
        from datasets.sample_catalog import generate

        try:
            generate(folder)
        except (OSError, ValueError) as error:
            raise DatasetError(f"the sample catalog cannot be drawn: {error}") from error
    return Folder(folder, about=ABOUT)
