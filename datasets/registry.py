"""Every data set that can be read, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from datasets import (
    abo,
    amazon_reviews,
    circo,
    cirr,
    esci,
    fashioniq,
    folder,
    grocery,
    sample,
)
from datasets.errors import DatasetError
from datasets.records import About, Dataset

EVERY: Final[tuple[About, ...]] = (
    abo.ABOUT,
    amazon_reviews.ABOUT,
    cirr.ABOUT,
    circo.ABOUT,
    esci.ABOUT,
    fashioniq.ABOUT,
    folder.ABOUT,
    grocery.ABOUT,
    sample.ABOUT,
)


_OPENERS: Final[Mapping[str, Callable[[Path, Mapping[str, str]], Dataset]]] = {
    abo.ABOUT.name: lambda at, part: abo.open_abo(at, locale=part["locale"]),
    amazon_reviews.ABOUT.name: lambda at, _: amazon_reviews.open_amazon_reviews(at),
    cirr.ABOUT.name: lambda at, part: cirr.open_cirr(at, split=part["split"]),
    circo.ABOUT.name: lambda at, _: circo.open_circo(at),
    esci.ABOUT.name: lambda at, part: esci.open_esci(
        at, split=part["split"], locale=part["locale"]
    ),
    fashioniq.ABOUT.name: lambda at, part: fashioniq.open_fashioniq(at, split=part["split"]),
    folder.ABOUT.name: lambda at, _: folder.Folder(at),
    grocery.ABOUT.name: lambda at, part: grocery.open_grocery(at, split=part["split"]),
    sample.ABOUT.name: lambda at, _: sample.open_sample(at),
}


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
    if known is not sample.ABOUT and not source.is_dir():  # that one is drawn if need be
        raise DatasetError(f"{source} is not a folder")
    return _OPENERS[name](source, part)


def _chosen(given: str | None, offered: tuple[str, ...], name: str, what: str) -> str:
    if given is None:
        return offered[0] if offered else ""
    if given not in offered:
        choice = f"one of {', '.join(offered)}" if offered else f"for it: it has no {what}"
        raise DatasetError(f"{name}: {what} {given!r} is not {choice}")
    return given
