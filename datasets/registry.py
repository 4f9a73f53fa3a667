"""Every data set that can be read, by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from datasets import folder, grocery
from datasets.errors import DatasetError
from datasets.records import About, Dataset

EVERY: Final[tuple[About, ...]] = (grocery.ABOUT, folder.ABOUT)


def about(name: str) -> About:
    """What a data set is. Raises DatasetError naming those there are."""
    for one in EVERY:
        if one.name == name:
            return one
    raise DatasetError(f"{name!r} is not one of {', '.join(one.name for one in EVERY)}")


def selection(about: About, *, split: str | None, locale: str | None) -> dict[str, str]:
    """The part that is opened, with the defaults. Raises DatasetError for one there is not."""
    chosen = {
        "split": _chosen(split, about.splits, about.name, "split"),
        "locale": _chosen(locale, about.locales, about.name, "locale"),
    }
    return {what: part for what, part in chosen.items() if part}


def open_dataset(
    name: str, source: Path, *, split: str | None = None, locale: str | None = None
) -> Dataset:
    """Open a data set in the folder where it was downloaded to.

    Raises DatasetError for a name, split or locale it does not have, or if it is not there.
    """
    known = about(name)
    part = selection(known, split=split, locale=locale)
    if not source.is_dir():
        raise DatasetError(f"{source} is not a folder")
    match name:
        case grocery.ABOUT.name:
            return grocery.open_grocery(source, split=part["split"])
        case _:
            return folder.Folder(source)


def _chosen(given: str | None, offered: tuple[str, ...], name: str, what: str) -> str:
    if given is None:
        return offered[0] if offered else ""
    if given not in offered:
        choice = f"one of {', '.join(offered)}" if offered else f"for it: it has no {what}"
        raise DatasetError(f"{name}: {what} {given!r} is not {choice}")
    return given
