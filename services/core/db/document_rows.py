"""Rows of documents as nouns, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from services.core.db.tables import documents
from services.core.types import attached_json
from services.core.types.documents import Document, StoredDocument

STORED: Final = (
    documents.c.index_name,
    documents.c.sequence,
    documents.c.in_sync,
    documents.c.views,
    documents.c.created_at,
    documents.c.updated_at,
    documents.c.id,
    documents.c.title,
    documents.c.description,
    documents.c.sku,
    documents.c.images,
    documents.c.attributes,
    documents.c.signals,
    documents.c.owner,
    documents.c.consent,
    documents.c.expires_at,
    documents.c.audio,
    documents.c.video,
    documents.c.files,
    documents.c.derived,
)
"""What `stored` reads, in its order (by position: every search makes some fifty)."""


def stored(row: Sequence[Any]) -> StoredDocument:
    """Make a stored document of a row of `STORED`; of a deleted one only what is left."""
    index, sequence, in_sync, views, created_at, updated_at, *content = row
    id, title, description, sku, images, *more = content
    attributes, signals, owner, consent, expires_at, audio, video, files, derived = more
    document = Document(
        id,
        title,
        description,
        sku,
        tuple(images),
        attributes,
        signals,
        owner,
        consent,
        expires_at,
        # Most documents have none of these; a row written before they existed has NULL.
        attached_json.recordings(audio) if audio else (),
        attached_json.recordings(video) if video else (),
        attached_json.files(files) if files else (),
        derived or {},
    )
    return StoredDocument(index, document, sequence, tuple(views), in_sync, created_at, updated_at)


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
        "derived": dict(document.derived),
        # NULL where there are none: every hit of every search reads them.
        **{name: listed or None for name, listed in attached_json.dump(document).items()},
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
