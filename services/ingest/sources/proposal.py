"""Which column goes into which field: a guess by names, for a person to correct."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from services.core import ids
from services.core.types.indexes import AttributeType
from services.ingest import parse
from services.ingest.sources.spec import MAX_COLUMNS

_NAMES: Final[Mapping[str, Sequence[str]]] = {
    "id": ("id", "product_id", "item_id", "document_id", "asin", "handle", "uid", "uuid", "key"),
    "title": ("title", "name", "product_name", "product_title", "item_name", "label"),
    "description": (
        "description", "product_description", "desc", "body", "body_html", "details", "summary",
        "text", "caption",
    ),
    "sku": ("sku", "mpn", "model_number", "part_number", "article_number"),
    "images": (
        "images", "image", "image_url", "image_urls", "image_link", "image_src", "photo", "photos",
        "picture", "pictures", "img", "img_url", "thumbnail",
    ),
    "audio": ("audio", "sound", "audio_url"),
    "video": ("video", "video_url", "clip"),
    "files": ("files", "file", "pdf", "manual", "datasheet"),
    "owner": ("owner",),
    "expires_at": ("expires_at", "expiry"),
}  # fmt: skip
"""Fields by the names that columns for them commonly have, the likeliest first."""
_ATTRIBUTES: Final[Mapping[str, Sequence[str]]] = {
    "price": ("price", "sale_price", "selling_price", "unit_price", "amount"),
    "brand": ("brand", "vendor", "manufacturer", "maker"),
    "colour": ("colour", "color"),
    "color": ("color", "colour"),
    "category": ("category", "product_type", "type", "department"),
}
"""Declared attributes that columns have other common names for."""
_NOT_A_LETTER: Final = re.compile(r"[^a-z0-9]+")


def mapping(
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    *,
    attributes: Mapping[str, AttributeType],
) -> dict[str, str] | None:
    """Field -> column; None where the columns have the names of fields already.

    `rows` are the first ones: a column is taken for the id that nothing is named for if it has
    another possible id in each of them.
    """
    if "id" in columns and all(_is_field(name) for name in columns):
        return None
    free = {plain(name): name for name in reversed(columns)}
    found: dict[str, str] = {}
    wanted = {**_NAMES, **_declared(attributes)}
    for target, names in wanted.items():
        name = next((each for each in names if each in free), None)
        if name is not None:
            found[target] = free.pop(name)
    if "id" not in found:
        _find_id(found, columns, rows)
    for name, column in free.items():
        if ids.ATTRIBUTE_NAME.fullmatch(name) and column not in found.values():
            found[f"attributes.{name}"] = column
    return dict(list(found.items())[:MAX_COLUMNS])


def plain(column: str) -> str:
    """A column's name in the letters that our names have: `Image URL` -> `image_url`."""
    return _NOT_A_LETTER.sub("_", column.strip().lower()).strip("_")


def _is_field(column: str) -> bool:
    group, dot, name = column.partition(".")
    return column in parse.FIELDS or bool(dot and name and group in ("attributes", "signals"))


def _declared(attributes: Mapping[str, AttributeType]) -> dict[str, tuple[str, ...]]:
    return {
        f"attributes.{name}": tuple(dict.fromkeys((name, *_ATTRIBUTES.get(name, ()))))
        for name in attributes
    }


def _find_id(
    found: dict[str, str], columns: Collection[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """The column of the SKU where that is an id too, else the first that could be one."""
    likely = [found["sku"]] if "sku" in found else []
    for column in [*likely, *columns]:
        seen = [str(row.get(column, "")) for row in rows]
        possible = all(ids.DOCUMENT_ID.fullmatch(each) for each in seen)
        if rows and possible and len(set(seen)) == len(seen):
            taken = [target for target, name in found.items() if name == column and target != "sku"]
            for target in taken:
                del found[target]
            found["id"] = column
            return
