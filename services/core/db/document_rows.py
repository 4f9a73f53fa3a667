"""Rows of documents as nouns, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from services.core.types.documents import Document, StoredDocument


def stored(row: Row[Any]) -> StoredDocument:
    """Make a stored document of a row of `documents`; of a deleted one only what is left."""
    document = Document(
        id=row.id,
        title=row.title,
        description=row.description,
        sku=row.sku,
        images=tuple(row.images),
        attributes=row.attributes,
        signals=row.signals,
        owner=row.owner,
        consent=row.consent,
        expires_at=row.expires_at,
    )
    return StoredDocument(
        index=row.index_name,
        document=document,
        sequence=row.sequence,
        views=tuple(row.views),
        in_sync=row.in_sync,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def content(document: Document) -> dict[str, Any]:
    """Columns of what the caller gave."""
    return {
        "title": document.title,
        "description": document.description,
        "sku": document.sku,
        "sku_folded": None if document.sku is None else document.sku.casefold(),
        "images": list(document.images),
        "attributes": dict(document.attributes),
        "signals": dict(document.signals),
        "owner": document.owner,
        "consent": None if document.consent is None else dict(document.consent),
        "expires_at": document.expires_at,
    }


def tombstone(index: str, document_id: str, *, sequence: int, now: datetime) -> dict[str, Any]:
    """Columns of a deletion that finds no row: it must still stop older writes."""
    return {
        "index_name": index,
        "id": document_id,
        "sequence": sequence,
        "deleted": True,
        "in_sync": False,
        "views": [],
        "created_at": now,
        "updated_at": now,
        **content(Document(id=document_id)),
    }
