"""Rows of the product to rows of Milvus, every field written, nothing unfit let through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.core.index import names
from services.core.index.columns import Row, filter_columns
from services.core.types.indexes import IndexSettings
from services.core.types.search import DocumentRow, ViewRow
from services.core.types.vectors import Modality
from services.core.vectors import check_unit

TITLE_BYTES: Final = 8_192
BODY_BYTES: Final = 65_535


def view_rows(views: Sequence[ViewRow], settings: IndexSettings) -> dict[Modality, list[Row]]:
    """Rows by partition.

    Raises ValueError for a vector that is not a unit vector of the index's size, an id twice, or
    an id of another modality (a key must never change its partition: the old row would stay
    visible); InputError for an attribute not of its type.
    """
    if not views:
        return {}
    if len({view.id for view in views}) < len(views):
        raise ValueError("a view is given twice")
    for view in views:
        check_unit(view.vector, dimensions=settings.dimensions)
    rows: dict[Modality, list[Row]] = {}
    for view in views:
        document_id, modality = names.view_parts(view.id)
        if (document_id, modality) != (view.document_id, view.modality):
            raise ValueError(f"view {view.id!r} is not of {view.document_id!r}, {view.modality}")
        row: Row = {
            names.ID: view.id,
            names.DOCUMENT_ID: view.document_id,
            names.VECTOR: np.asarray(view.vector, dtype=np.float32).tolist(),
        }
        row |= filter_columns(view.attributes, view.expires_at, declared=settings.filterable())
        rows.setdefault(modality, []).append(row)
    return rows


def document_rows(documents: Sequence[DocumentRow], settings: IndexSettings) -> list[Row]:
    """Rows of the collection for words; title and body are cut to what a column holds.

    Raises ValueError for an id twice, InputError for an attribute not of its type.
    """
    if len({document.document_id for document in documents}) < len(documents):
        raise ValueError("a document is given twice")
    return [
        {
            names.DOCUMENT_ID: document.document_id,
            names.TITLE: cut(document.title, TITLE_BYTES),
            names.BODY: cut(document.body, BODY_BYTES),
        }
        | filter_columns(document.attributes, document.expires_at, declared=settings.filterable())
        for document in documents
    ]


def cut(text: str, limit: int) -> str:
    """The longest beginning of `text` that takes at most `limit` bytes in UTF-8."""
    encoded = text.encode()
    return text if len(encoded) <= limit else encoded[:limit].decode(errors="ignore")
