"""What of an installation must be the same after a restore: its rows, and what it finds."""

from __future__ import annotations

import json
from typing import Any

from services.core.ports import Ports
from services.core.settings import Settings
from services.core.types.vectors import Modality
from services.wiring.archive import open_archive


def tables(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in an order that only its content decides."""
    with open_archive(settings) as archive, archive.snapshot() as snapshot:
        return {
            name: sorted(
                (dict(row) for row in snapshot.rows(name)),
                key=lambda row: json.dumps(row, sort_keys=True),
            )
            for name in snapshot.tables()
        }


def found(ports: Ports, index: str) -> list[tuple[str, float]]:
    """The nearest views of every document's words, with their scores."""
    with ports.database.read() as work:
        collection = work.indexes.get(index).serving()
        documents = work.documents.page(index, after=None, limit=100)
    wanted = [f"{one.document.id}:text:0" for one in documents]
    stored = ports.vectors.vectors(collection, wanted)
    return [
        (hit.view_id, round(hit.score, 4))
        for view_id in sorted(stored)
        for hit in ports.vectors.search(
            collection, stored[view_id], modalities=(Modality.TEXT, Modality.IMAGE), limit=5
        )
    ]
