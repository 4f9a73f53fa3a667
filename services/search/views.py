"""What a view's id says."""

from __future__ import annotations

from collections.abc import Sequence

from services.core.types.documents import StoredDocument
from services.core.types.vectors import Modality


def modality(view_id: str) -> Modality:
    """The facet that a view embeds (see ids.view_id; document ids hold no colon)."""
    return Modality(view_id.split(":")[1])


def ordinal(view_id: str) -> int:
    """Which of the document's pictures, from 0; 0 for text."""
    return int(view_id.split(":")[2])


def of_modalities(document: StoredDocument, modalities: Sequence[Modality]) -> list[str]:
    """The ids of a document's views of these facets, in their order."""
    return [view_id for view_id in document.views if modality(view_id) in modalities]
