"""Documents to view rows: contents gathered over a batch, each distinct one embedded once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.core.errors import NotFound
from services.core.media.stored_pictures import full_key
from services.core.ports import Ports
from services.core.types.documents import Document
from services.core.types.indexes import Collection, Index
from services.core.types.search import DocumentRow, ViewRow
from services.core.types.vectors import Content, EmbedderInfo, Modality, Purpose, Vector
from services.core.vectors import fuse
from services.ingest import tags, views
from services.ingest.outcome import ItemFailed
from services.ingest.views import View


@dataclass(frozen=True, slots=True)
class Target:
    """A collection to write to, and the embedder whose vectors it holds."""

    collection: Collection
    fingerprint: str


def targets(index: Index) -> tuple[Target, ...]:
    """The serving collection and, if there is one, that being built."""
    fingerprints = (index.fingerprint, index.building_fingerprint or "")
    return tuple(
        Target(collection, fingerprint)
        for collection, fingerprint in zip(index.written(), fingerprints, strict=False)
    )


def embedder_of(ports: Ports, target: Target) -> EmbedderInfo:
    """Describe the target's embedder. Raises ItemFailed if it is not the one that it was."""
    settings = target.collection.settings
    info = ports.embedder.info(settings.embedder)
    if info.fingerprint != target.fingerprint:
        raise ItemFailed(
            "embedder_changed",
            f"embedder {settings.embedder!r} is not the one that made this index's vectors; "
            "rebuild the index, then retry",
        )
    return info


def load_images(ports: Ports, document: Document) -> dict[str, bytes]:
    """The stored pictures of a document by media id. Raises ItemFailed if one is gone."""
    try:
        return {image: ports.media.get(full_key(image)) for image in document.images}
    except NotFound as error:
        raise ItemFailed(
            "media_gone", "a stored picture is gone; send the document again"
        ) from error


def rows(
    ports: Ports, target: Target, documents: Sequence[Document], images: Mapping[str, bytes]
) -> list[tuple[ViewRow, ...]]:
    """View rows per document, in order; none for one this embedder can make nothing of.

    Their columns hold the tags found in the pictures too. Raises EmbedderDown, InputError for
    content the embedder refuses, ItemFailed for a changed embedder.
    """
    info = embedder_of(ports, target)
    planned = [views.of(document, info) for document in documents]
    vectors = _Vectors(ports, target, info, images)
    vectors.embed([view for plan in planned for view in plan])
    made = [
        tuple(_row(document, view, vectors.of(view)) for view in plan)
        for document, plan in zip(documents, planned, strict=True)
    ]
    return tags.tagged(ports, target.collection, target.fingerprint, documents, made)


def document_row(document: Document) -> DocumentRow:
    """What words find a document by: title, and description with the SKU."""
    body = "\n".join(part for part in (document.description, document.sku) if part)
    return DocumentRow(
        document_id=document.id,
        title=document.title,
        body=body,
        attributes=document.filterable(),
        expires_at=document.expires_at,
    )


class _Vectors:
    """The vectors of one batch; what several views share is embedded once."""

    def __init__(
        self, ports: Ports, target: Target, info: EmbedderInfo, images: Mapping[str, bytes]
    ) -> None:
        self._ports = ports
        self._settings = target.collection.settings
        self._joint = info.joint
        self._images = images
        self._found: dict[tuple[str | None, str | None], Vector] = {}

    def embed(self, wanted: Sequence[View]) -> None:
        keys = dict.fromkeys(key for view in wanted for key in self._parts(view))
        if not keys:
            return
        contents = [
            Content(text=words, image=None if image is None else self._images[image])
            for words, image in keys
        ]
        matrix = self._ports.embedder.embed(
            self._settings.embedder,
            contents,
            Purpose.INDEX,
            dimensions=self._settings.dimensions,
        )
        self._found = dict(zip(keys, matrix, strict=True))

    def of(self, view: View) -> Vector:
        parts = [self._found[key] for key in self._parts(view)]
        return parts[0] if len(parts) == 1 else fuse(parts, [1.0] * len(parts), field="document")

    def _parts(self, view: View) -> list[tuple[str | None, str | None]]:
        if view.modality is Modality.COMBINED and not self._joint:
            return [(view.text, None), (None, view.image)]
        return [(view.text, view.image)]


def _row(document: Document, view: View, vector: Vector) -> ViewRow:
    return ViewRow(
        id=view.id,
        document_id=document.id,
        modality=view.modality,
        vector=vector,
        attributes=document.attributes,
        expires_at=document.expires_at,
    )
