"""From what views are made of to what an embedder takes, a bounded number of bytes at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from services.core.errors import NotFound
from services.core.media import stored_media
from services.core.ports import MediaStore
from services.core.types.documents import Document
from services.core.types.vectors import Content
from services.ingest.outcome import BytesMissing
from services.ingest.views import Part

BATCH_BYTES: Final = 64 * 1024 * 1024
"""Media held at once, unless a single one is larger."""
BATCH_WEIGHT: Final = 256
_RECORDING_WEIGHT: Final = 8
"""A stretch of a recording costs an embedder about so many texts or pictures."""


def batches(store: MediaStore, parts: Sequence[Part]) -> Iterator[list[tuple[Part, Content]]]:
    """The contents of `parts` in their order; those of one medium are best side by side.

    Each medium is loaded once where they are. Raises ItemFailed when one is gone.
    """
    shelf = _Shelf(store)
    batch: list[tuple[Part, Content]] = []
    weight = 0
    for part in parts:
        cost = _RECORDING_WEIGHT if part.audio or part.video else 1
        more = shelf.fetch(part)
        full = more and shelf.held_bytes() > BATCH_BYTES
        if batch and (full or weight + cost > BATCH_WEIGHT):
            yield batch
            batch, weight = [], 0
            shelf.keep_only(part)
        batch.append((part, shelf.content(part)))
        weight += cost
    if batch:
        yield batch


def written(store: MediaStore, document: Document) -> str:
    """What the pages of a document's PDFs say, one line a page. Raises ItemFailed."""
    shelf = _Shelf(store)
    return "\n".join(
        text for file in document.files for text in shelf.words(file.reference) if text
    )


class _Shelf:
    """Media that are at hand."""

    def __init__(self, store: MediaStore) -> None:
        self._store = store
        self._media: dict[str, bytes] = {}
        self._words: dict[str, tuple[str, ...]] = {}

    def held_bytes(self) -> int:
        return sum(len(data) for data in self._media.values())

    def fetch(self, part: Part) -> bool:
        """Get the part's media; False if they were at hand."""
        missing = [key for key in part.media_keys() if key not in self._media]
        for key in missing:
            try:
                self._media[key] = self._store.get(key)
            except NotFound as error:
                raise _gone() from error
        return bool(missing)

    def keep_only(self, part: Part) -> None:
        self._media = {key: self._media[key] for key in part.media_keys()}

    def words(self, media_id: str) -> tuple[str, ...]:
        if media_id not in self._words:
            try:
                self._words[media_id] = stored_media.words(self._store, media_id)
            except NotFound as error:
                raise _gone() from error
        return self._words[media_id]

    def content(self, part: Part) -> Content:
        text = part.text
        if part.page is not None:
            media_id, number = part.page
            text = self.words(media_id)[number - 1]
        return Content(
            text=text,
            image=None if part.image is None else self._media[part.image],
            audio=None if part.audio is None else self._media[part.audio],
            video=None if part.video is None else self._media[part.video],
            start_s=part.start_s,
            end_s=part.end_s,
            frames=part.frames,
            sound=part.sound,
        )


def _gone() -> BytesMissing:
    return BytesMissing("media_gone", "a stored medium is gone; send the document again")
