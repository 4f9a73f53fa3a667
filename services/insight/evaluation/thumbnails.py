"""The pictures that a report shows, as small as it shows them; what is gone is left out."""

from __future__ import annotations

from typing import Final

from services.core.errors import MediaRefused, NotFound
from services.core.media import images
from services.core.media.stored_pictures import thumbnail_key
from services.core.ports import Ports
from services.core.types.documents import Document
from services.insight.evaluation.report import ComparisonReport
from services.insight.evaluation.report_html import Pictures, Wanted, wanted

MOST: Final = 400
PIXELS: Final = 160
"""Longest side: a page shows hundreds of them, each within itself."""


def of(ports: Ports, report: ComparisonReport, *, index: str) -> Pictures:
    """Those of the worst queries and of what they were answered; deleted documents have none.

    Raises Unavailable where the media store does not answer.
    """
    needed: Wanted = wanted(report)
    with ports.database.read() as work:
        live = work.documents.live(index, needed.documents[:MOST], now=ports.clock())
    documents = {name: stored.document for name, stored in live.items()}
    return Pictures(
        queries=_present({key: _small(ports, key) for key in needed.queries[:MOST]}),
        documents=_present({name: _shown(ports, each) for name, each in documents.items()}),
        titles={name: each.title for name, each in documents.items()},
    )


def _present(found: dict[str, bytes | None]) -> dict[str, bytes]:
    return {name: data for name, data in found.items() if data is not None}


def _shown(ports: Ports, document: Document) -> bytes | None:
    held = [*document.images, *(each.reference for each in document.video)]
    return _small(ports, thumbnail_key(held[0])) if held else None


def _small(ports: Ports, key: str) -> bytes | None:
    limits = ports.settings.media.model_copy(update={"thumbnail_pixels": PIXELS})
    try:
        return images.normalise(ports.media.get(key), limits).thumbnail
    except (NotFound, MediaRefused):
        return None
