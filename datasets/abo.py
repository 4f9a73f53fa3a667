"""Reads Amazon Berkeley Objects: multilingual product listings with their catalog pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from datasets.abo_files import Listings, find_listings
from datasets.abo_pictures import Pictures, find_pictures
from datasets.errors import DatasetError
from datasets.lines import Fields, objects_in
from datasets.plain_text import plain
from datasets.records import About, Judged, Product, Totals

ABOUT: Final = About(
    name="abo",
    title="Amazon Berkeley Objects (Collins et al., CVPR 2022)",
    licence="CC BY-NC 4.0 (not for commercial use); credit Amazon.com for data and pictures, and "
    "M. Guillaumin, T. Dideriksen, K. Deng, H. Arora (Amazon.com), J. Collins and J. Malik "
    "(UC Berkeley) for building it.",
    source="https://amazon-berkeley-objects.s3.amazonaws.com/index.html",
    layout="listings/metadata/listings_*.json.gz, images/metadata/images.csv.gz and "
    "images/original/ or images/small/; or abo-listings.tar and abo-images-*.tar as they are",
    locales=(
        "en",
        "ar",
        "cs",
        "de",
        "es",
        "fr",
        "he",
        "hi",
        "it",
        "ja",
        "ko",
        "nl",
        "pl",
        "pt",
        "sv",
        "tr",
        "zh",
    ),
)
WORDS: Final = ("brand", "color", "material", "style", "pattern", "fabric_type", "finish_type")
"""Fields that are lists of a value a language, and become attributes."""


@dataclass(frozen=True, slots=True)
class Abo:
    """Listings; words in the language of `locale`, or in the first one where there is none."""

    listings: Listings
    pictures: Pictures | None
    locale: str
    about: About = ABOUT

    def totals(self) -> Totals:
        """Unknown: the listings are compressed."""
        return Totals(None, 0)

    def products(self, after: str | None = None) -> Iterator[Product]:
        """Every listing, by file and line; its main picture comes first."""
        files = self.listings.files()
        if self.pictures is None:
            for line in objects_in(files, after=after):
                yield _product(line, self.locale, {})
            return
        with self.pictures.shelved() as shelved:
            for line in objects_in(files, after=after):
                ids = _picture_ids(line)
                found = {id: shelved.find(id) for id in ids}
                yield _product(line, self.locale, found)

    def queries(self, after: str | None = None) -> Iterator[Judged]:
        """None: nobody judged them."""
        del after
        return iter(())


def open_abo(folder: Path, *, locale: str | None = None) -> Abo:
    """Open the listings, and the pictures if they are there. Raises DatasetError if they are not.

    Without pictures the listings have words only.
    """
    listings = find_listings(folder)
    if listings is None:
        raise DatasetError(f"{folder} has no listings of ABO; it needs {ABOUT.layout}")
    return Abo(listings, find_pictures(folder), locale or ABOUT.locales[0])


def said(value: object, locale: str) -> list[str]:
    """The values of a multilingual field in one language; in its first one where that has none.

    A field is a list of `{"language_tag": "en_US", "value": ...}`; some have no language.
    """
    if not isinstance(value, list):
        return []
    pairs = [
        (str(one.get("language_tag") or ""), plain(str(one["value"])))
        for one in value
        if isinstance(one, Mapping) and one.get("value") is not None
    ]
    languages = [tag.partition("_")[0] for tag, _ in pairs]
    chosen = locale if locale in languages else (languages or [""])[0]
    return [
        text for language, (_, text) in zip(languages, pairs, strict=True) if language == chosen
    ]


def _product(line: Fields, locale: str, pictures: Mapping[str, Any]) -> Product:
    fields = line.fields
    item, domain = _text(line, "item_id"), _text(line, "domain_name")
    words = said(fields.get("product_description"), locale)
    bullets = said(fields.get("bullet_point"), locale)
    return Product(
        # A listing is told apart by both: shops of several countries share item ids.
        id=f"{item}-{domain}",
        title=next(iter(said(fields.get("item_name"), locale)), ""),
        description="\n".join(dict.fromkeys(words + bullets)),
        sku=item,
        images=tuple(one for one in pictures.values() if one is not None),
        attributes=_attributes(fields, locale),
        cursor=line.cursor,
    )


def _attributes(fields: Mapping[str, Any], locale: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in WORDS:
        if values := said(fields.get(name), locale):
            made[name] = values[0]
    for name in ("product_type", "model_number"):
        if values := said(fields.get(name), ""):
            made[name] = values[0]
    for name in ("country", "domain_name"):
        if isinstance(fields.get(name), str):
            made[name] = fields[name]
    nodes = fields.get("node")
    if isinstance(nodes, list) and nodes and isinstance(nodes[0], Mapping):
        made["category"] = str(nodes[0].get("node_name") or nodes[0].get("path") or "")
    return made


def _picture_ids(line: Fields) -> list[str]:
    main, others = line.fields.get("main_image_id"), line.fields.get("other_image_id")
    if others is not None and not isinstance(others, list):
        raise DatasetError(f"{line.where}: other_image_id must be a list")
    ids = [*([main] if main else []), *(others or [])]
    return list(dict.fromkeys(str(id) for id in ids))


def _text(line: Fields, name: str) -> str:
    value = line.fields.get(name)
    if not isinstance(value, str) or not value:
        raise DatasetError(f"{line.where} needs {name}")
    return value
