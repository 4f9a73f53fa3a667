"""What a document's view ids say, and which of its views stand for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.core.ids import Source, ViewName
from services.core.types.documents import Document, StoredDocument
from services.core.types.vectors import Modality

MOST_FOR_A_DOCUMENT: Final = 64
"""Views averaged when a document is searched with; of a long recording's, evenly spread ones."""
_PREFERRED: Final = (
    (Modality.COMBINED, Source.IMAGES),
    (Modality.IMAGE, Source.IMAGES),
    (Modality.VIDEO, Source.VIDEO),
    (Modality.AUDIO, Source.AUDIO),
    (Modality.IMAGE, Source.FILES),
    (Modality.TEXT, Source.WORDS),
)
"""Its own pictures before its recordings before its papers: what says most of how it looks."""


def of_modalities(document: StoredDocument, modalities: Sequence[Modality]) -> list[str]:
    """The ids of a document's views of these facets, in their order."""
    if len(modalities) == len(Modality):
        return list(document.views)  # nothing to look for: 2 us a view, and there may be 100,000
    return [view_id for view_id in document.views if ViewName.parse(view_id).modality in modalities]


def standing_for(document: StoredDocument) -> list[str]:
    """The ids of the views whose mean stands for the document when it is searched with."""
    named = [(view_id, ViewName.parse(view_id)) for view_id in document.views]
    for modality, source in _PREFERRED:
        held = [id for id, name in named if (name.modality, name.source) == (modality, source)]
        if held:
            return _spread(held)
    return _spread([view_id for view_id, _ in named])


def medium(name: ViewName, document: Document) -> str | None:
    """Media id of what the view shows; None for words."""
    media: tuple[str, ...] = ()
    match name.source:
        case Source.IMAGES:
            media = document.images
        case Source.AUDIO:
            media = tuple(each.reference for each in document.audio)
        case Source.VIDEO:
            media = tuple(each.reference for each in document.video)
        case Source.FILES:
            media = tuple(each.reference for each in document.files)
    return media[name.place] if name.place < len(media) else None


def _spread(view_ids: list[str]) -> list[str]:
    if len(view_ids) <= MOST_FOR_A_DOCUMENT:
        return view_ids
    step = len(view_ids) / MOST_FOR_A_DOCUMENT
    return [view_ids[int(place * step)] for place in range(MOST_FOR_A_DOCUMENT)]
