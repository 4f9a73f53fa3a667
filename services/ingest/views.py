"""Which facets of a document are embedded."""

from __future__ import annotations

from dataclasses import dataclass

from services.core import ids
from services.core.types.documents import Document
from services.core.types.vectors import EmbedderInfo, Modality


@dataclass(frozen=True, slots=True)
class View:
    """A facet: its words, the medium id of its picture, or both for a combined view."""

    id: str
    modality: Modality
    text: str | None
    image: str | None


def of(document: Document, info: EmbedderInfo) -> list[View]:
    """The views this embedder can make of a stored document (its images are media ids)."""
    words = text(document) if Modality.TEXT in info.modalities else None
    images = document.images if Modality.IMAGE in info.modalities else ()
    views = []
    if words is not None:
        views.append(_view(document, Modality.TEXT, 0, words, None))
    for place, image in enumerate(images):
        views.append(_view(document, Modality.IMAGE, place, None, image))
        if words is not None:
            views.append(_view(document, Modality.COMBINED, place, words, image))
    return views


def text(document: Document) -> str | None:
    """Title and description as one text, or None when the document has no words."""
    parts = [part.strip() for part in (document.title, document.description)]
    return ". ".join(part for part in parts if part) or None


def possible_ids(document_id: str, *, images: int) -> set[str]:
    """Every id a view of a document with this many pictures can have, with any embedder."""
    found = {ids.view_id(document_id, Modality.TEXT, 0)}
    for place in range(images):
        found.add(ids.view_id(document_id, Modality.IMAGE, place))
        found.add(ids.view_id(document_id, Modality.COMBINED, place))
    return found


def _view(
    document: Document, modality: Modality, place: int, words: str | None, image: str | None
) -> View:
    return View(ids.view_id(document.id, modality, place), modality, words, image)
