"""Where a document's media lie in the media store, whatever their kind, and how they get there."""

from __future__ import annotations

import json
from typing import TypeAlias, assert_never

from services.core.media.images import NormalisedImage
from services.core.media.pdf import NormalisedPdf
from services.core.media.recordings import NormalisedRecording
from services.core.media.stored_pictures import full_key, thumbnail_key
from services.core.ports import MediaStore
from services.core.types.documents import Media

Content: TypeAlias = NormalisedImage | NormalisedRecording | NormalisedPdf


def page_key(media_id: str, number: int) -> str:
    """Where the drawn page of a PDF lies; `number` counts from 1."""
    return f"media/pages/{media_id}/{number}"


def words_key(media_id: str) -> str:
    """Where the words of a PDF's pages lie."""
    return f"media/words/{media_id}"


def put(store: MediaStore, media_id: str, content: Content) -> None:
    """Write all of it, the full medium last: where that is, everything else is, too."""
    match content:
        case NormalisedPdf():
            for number, page in enumerate(content.pages, start=1):
                store.put(page_key(media_id, number), page)
            store.put(words_key(media_id), json.dumps(content.words).encode())
        case NormalisedImage() | NormalisedRecording():
            pass
        case _:
            assert_never(content)
    store.put(thumbnail_key(media_id), content.thumbnail)
    store.put(full_key(media_id), content.full)


def words(store: MediaStore, media_id: str) -> tuple[str, ...]:
    """The words of each page of a PDF in order, empty where there are none. Raises NotFound."""
    return tuple(json.loads(store.get(words_key(media_id))))


def drop(store: MediaStore, media: Media) -> None:
    """Remove all of it, the full medium first; what is not there is fine."""
    store.delete(full_key(media.id))
    store.delete(thumbnail_key(media.id))
    if media.pages is not None:
        store.delete(words_key(media.id))
        for number in range(1, media.pages + 1):
            store.delete(page_key(media.id, number))
