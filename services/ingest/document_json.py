"""Documents as JSON and back: for the ledger's payloads and for answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from services.core.types import attached_json
from services.core.types.documents import Document, Json


def dump(document: Document) -> dict[str, Json]:
    """All fields of a document; times in RFC 3339 UTC. `load` gives an equal document back."""
    expires = document.expires_at
    return {
        "id": document.id,
        "title": document.title,
        "description": document.description,
        "sku": document.sku,
        "images": list(document.images),
        "attributes": dict(document.attributes),
        "signals": dict(document.signals),
        "owner": document.owner,
        "consent": None if document.consent is None else dict(document.consent),
        "expires_at": None if expires is None else timestamp(expires),
        "derived": dict(document.derived),
        **attached_json.dump(document),
    }


def load(payload: Mapping[str, Json]) -> Document:
    """Make the document of a payload that `dump` wrote. Raises KeyError for any other.

    One written before documents had recordings, files and derived attributes is taken too.
    """
    fields = cast("Mapping[str, Any]", payload)
    expires = fields["expires_at"]
    return Document(
        id=fields["id"],
        title=fields["title"],
        description=fields["description"],
        sku=fields["sku"],
        images=tuple(fields["images"]),
        attributes=dict(fields["attributes"]),
        signals=dict(fields["signals"]),
        owner=fields["owner"],
        consent=fields["consent"],
        expires_at=None if expires is None else datetime.fromisoformat(expires),
        audio=attached_json.recordings(fields.get("audio") or ()),
        video=attached_json.recordings(fields.get("video") or ()),
        files=attached_json.files(fields.get("files") or ()),
        derived=dict(fields.get("derived") or {}),
    )


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC, e.g. `2026-01-31T12:00:00Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
