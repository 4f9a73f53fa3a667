"""The lines of an exported folder, within what ingestion takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from datasets.records import Judged, Medium, Product

MAX_TITLE: Final = 512
MAX_DESCRIPTION: Final = 16_384
MAX_SKU: Final = 128
MAX_IMAGES: Final = 16
MAX_RECORDINGS: Final = 4

Put = Mapping[Medium, str | None]
"""What the export says for a medium; None if it is missing."""


def product_line(product: Product, put: Put) -> dict[str, Any] | None:
    """A line of products.jsonl: words cut and media counted to what ingestion takes by default.

    None for a product with neither words nor a medium.
    """
    line = {
        "id": product.id,
        "title": _cut(product.title, MAX_TITLE),
        "description": _cut(product.description, MAX_DESCRIPTION),
        "sku": _cut(product.sku or "", MAX_SKU),
        "images": _present(product.images, put)[:MAX_IMAGES],
        "audio": _present(product.audio, put)[:MAX_RECORDINGS],
        "video": _present(product.video, put)[:MAX_RECORDINGS],
        "attributes": dict(product.attributes),
        "signals": dict(product.signals),
    }
    if not any(line[name] for name in ("title", "description", "images", "audio", "video")):
        return None
    return {name: value for name, value in line.items() if value}


def query_line(query: Judged, put: Put) -> dict[str, Any] | None:
    """A line of queries.jsonl; None if a medium it asks with is missing or a mere address.

    Measuring fetches nothing, so an address is no picture to ask with.
    """
    parts = {"image": query.image, "audio": query.audio, "video": query.video}
    media = {name: put[one] for name, one in parts.items() if one is not None}
    if any(one is None or is_address(one) for one in media.values()):
        return None
    line = {
        "query_id": query.id,
        "type": query.type,
        "text": query.text,
        **media,
        "category": query.category,
        "paraphrase_of": query.paraphrase_of,
    }
    return {name: value for name, value in line.items() if value}


def is_address(reference: str) -> bool:
    """Whether a medium has to be fetched."""
    return reference.lower().startswith(("http://", "https://"))


def _cut(text: str, most: int) -> str:
    return text.strip()[:most]


def _present(media: Sequence[Medium], put: Put) -> list[str]:
    return [name for one in media if (name := put[one]) is not None]
