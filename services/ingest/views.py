"""Which facets of a document are embedded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

from services.core.ids import Source, ViewName
from services.core.media.stored_media import page_key
from services.core.media.stored_pictures import full_key
from services.core.types.documents import Document, Recording
from services.core.types.indexes import Segments, Sound
from services.core.types.vectors import EmbedderInfo, Modality
from services.ingest import segments as cutting


@dataclass(frozen=True, slots=True)
class Part:
    """What becomes one vector: words, a medium (its key in the media store), or words and picture.

    `page` are the words of a PDF's page: the medium's id and the number of the page, from 1. Of a
    recording only `start_s` to `end_s` is meant, of a video with its `sound` or without.
    """

    text: str | None = None
    page: tuple[str, int] | None = None
    image: str | None = None
    audio: str | None = None
    video: str | None = None
    start_s: float = 0.0
    end_s: float | None = None
    frames: int = 4
    sound: bool = True

    def media_keys(self) -> tuple[str, ...]:
        """Keys of its media."""
        return tuple(key for key in (self.image, self.audio, self.video) if key is not None)


@dataclass(frozen=True, slots=True)
class View:
    """A facet: the mean of its parts' vectors, mostly of one."""

    id: str
    modality: Modality
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Can:
    """What an embedder can, as far as it decides which views there are."""

    modalities: frozenset[str]
    joint: bool
    hears_video: bool


_EVERYTHING: Final = _Can(frozenset(Modality), joint=False, hears_video=False)
"""An embedder that cannot hear a video gets its sound track apart: it has the most views."""


def of(document: Document, info: EmbedderInfo, segments: Segments) -> list[View]:
    """The views this embedder can make of a stored document (its media are ids)."""
    return list(_views(document, _Can(info.modalities, info.joint, info.hears_video), segments))


def any_of(document: Document, modalities: Collection[str], segments: Segments) -> bool:
    """Whether an embedder of these modalities can make any view of a stored document."""
    can = _Can(frozenset(modalities), joint=False, hears_video=False)
    return any(True for _ in _views(document, can, segments))


def possible_ids(document: Document, segments: Segments, *, images: int = 0) -> set[str]:
    """Every id a view of the document can have with any embedder, of at least so many pictures."""
    found = {view.id for view in _views(document, _EVERYTHING, segments)}
    found.add(str(ViewName(document.id, Modality.TEXT)))
    for place in range(max(images, len(document.images))):
        for modality in (Modality.IMAGE, Modality.COMBINED):
            found.add(str(ViewName(document.id, modality, Source.IMAGES, place)))
    return found


def text(document: Document) -> str | None:
    """Title and description as one text, or None when the document has no words."""
    parts = [part.strip() for part in (document.title, document.description)]
    return ". ".join(part for part in parts if part) or None


def _views(document: Document, can: _Can, segments: Segments) -> Iterator[View]:
    words = text(document) if Modality.TEXT in can.modalities else None
    if words is not None:
        yield _view(ViewName(document.id, Modality.TEXT), Part(words))
    if Modality.IMAGE in can.modalities:
        yield from _pictures(document, words, can)
    if Modality.AUDIO in can.modalities:
        for place, recording in enumerate(document.audio):
            name = ViewName(document.id, Modality.AUDIO, Source.AUDIO, place)
            yield from _sounds(name, recording, segments)
    for place, recording in enumerate(document.video):
        yield from _video(document.id, place, recording, can, segments)
    yield from _pages(document, can)


def _pictures(document: Document, words: str | None, can: _Can) -> Iterator[View]:
    for place, image in enumerate(document.images):
        picture = Part(image=full_key(image))
        yield _view(ViewName(document.id, Modality.IMAGE, Source.IMAGES, place), picture)
        if words is not None:
            both = (Part(words, image=picture.image),) if can.joint else (Part(words), picture)
            yield _view(ViewName(document.id, Modality.COMBINED, Source.IMAGES, place), *both)


def _video(
    document_id: str, place: int, recording: Recording, can: _Can, segments: Segments
) -> Iterator[View]:
    """Its pictures, with the sound if that can and shall be; the sound apart otherwise."""
    shown = Modality.VIDEO in can.modalities
    together = shown and can.hears_video and segments.sound is Sound.COMBINED
    if shown:
        for start, end in cutting.cut(recording.duration_s, segments):
            part = Part(
                video=full_key(recording.reference),
                start_s=start / 1000,
                end_s=end / 1000,
                frames=segments.frames,
                sound=together and recording.sound and start < recording.sound_s * 1000,
            )
            yield _view(_at(document_id, Modality.VIDEO, place, start, end), part)
    if Modality.AUDIO in can.modalities and recording.sound and not together:
        name = ViewName(document_id, Modality.AUDIO, Source.VIDEO, place)
        yield from _sounds(name, recording, segments)


def _sounds(name: ViewName, recording: Recording, segments: Segments) -> Iterator[View]:
    for start, end in cutting.cut(recording.sound_s, segments):
        part = Part(audio=full_key(recording.reference), start_s=start / 1000, end_s=end / 1000)
        whole = ViewName(
            name.document_id, name.modality, name.source, name.place, start_ms=start, end_ms=end
        )
        yield _view(whole, part)


def _pages(document: Document, can: _Can) -> Iterator[View]:
    for place, file in enumerate(document.files):
        for number in range(1, file.pages + 1):
            name = (document.id, Source.FILES, place)
            if Modality.IMAGE in can.modalities:
                part = Part(image=page_key(file.reference, number))
                yield _view(_page(*name, Modality.IMAGE, number), part)
            if Modality.TEXT in can.modalities and number in file.worded:
                part = Part(page=(file.reference, number))
                yield _view(_page(*name, Modality.TEXT, number), part)


def _at(document_id: str, modality: Modality, place: int, start: int, end: int) -> ViewName:
    return ViewName(document_id, modality, Source.VIDEO, place, start_ms=start, end_ms=end)


def _page(
    document_id: str, source: Source, place: int, modality: Modality, number: int
) -> ViewName:
    return ViewName(document_id, modality, source, place, page=number)


def _view(name: ViewName, *parts: Part) -> View:
    return View(str(name), Modality(name.modality), parts)
