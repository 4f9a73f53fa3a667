"""Documents to view rows: contents gathered over a batch, each distinct one embedded once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.core.ports import Ports
from services.core.types.documents import Document
from services.core.types.indexes import Collection, Index
from services.core.types.search import DocumentRow, ViewRow
from services.core.types.vectors import EmbedderInfo, Modality, Purpose, Vector
from services.core.vectors import fuse
from services.ingest import contents, tags, views
from services.ingest.outcome import ItemFailed
from services.ingest.views import Part, View


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


def rows(
    ports: Ports,
    target: Target,
    documents: Sequence[Document],
    *,
    meanwhile: Callable[[], None] = lambda: None,
) -> list[tuple[ViewRow, ...]]:
    """View rows per document, in order; none for one this embedder can make nothing of.

    Their columns hold the tags found in the pictures too. `meanwhile` is called whenever a part of
    a long batch is done. Raises EmbedderDown, InputError for content the embedder refuses,
    ItemFailed for a changed embedder or a medium that is gone.
    """
    info = embedder_of(ports, target)
    segments = target.collection.settings.segments
    planned = [views.of(document, info, segments) for document in documents]
    vectors = _Vectors(ports, target)
    vectors.embed([view for plan in planned for view in plan], meanwhile=meanwhile)
    made = [
        tuple(_row(document, view, vectors.of(view)) for view in plan)
        for document, plan in zip(documents, planned, strict=True)
    ]
    return tags.tagged(ports, target.collection, target.fingerprint, documents, made)


def nothing_to_embed(ports: Ports, document: Document, target: Target) -> ItemFailed:
    """Say that the embedder can make no view of a document, and which ones could."""
    settings = target.collection.settings
    names = {kind: ports.embedder.able(kind) for kind in Modality}
    able = [
        name
        for name in ports.embedder.names()
        if views.any_of(
            document, {kind for kind in Modality if name in names[kind]}, settings.segments
        )
    ]
    could = (
        f"these could: {', '.join(able)}"
        if able
        else "no configured embedder could; `margay models list` names others"
    )
    return ItemFailed(
        "nothing_to_embed",
        f"embedder {settings.embedder!r} can embed nothing of what the document has; {could}",
    )


def document_row(document: Document, *, written: str = "") -> DocumentRow:
    """What words find a document by: title, and description with the SKU and its PDFs' words."""
    body = "\n".join(part for part in (document.description, document.sku, written) if part)
    return DocumentRow(
        document_id=document.id,
        title=document.title,
        body=body,
        attributes=document.filterable(),
        expires_at=document.expires_at,
    )


class _Vectors:
    """The vectors of one batch; what several views share is embedded once."""

    def __init__(self, ports: Ports, target: Target) -> None:
        self._ports = ports
        self._settings = target.collection.settings
        self._found: dict[Part, Vector] = {}

    def embed(self, wanted: Sequence[View], *, meanwhile: Callable[[], None]) -> None:
        parts = list(dict.fromkeys(part for view in wanted for part in view.parts))
        for batch in contents.batches(self._ports.media, parts):
            if self._found:
                meanwhile()
            matrix = self._ports.embedder.embed(
                self._settings.embedder,
                [content for _, content in batch],
                Purpose.INDEX,
                dimensions=self._settings.dimensions,
            )
            self._found |= zip((part for part, _ in batch), matrix, strict=True)

    def of(self, view: View) -> Vector:
        parts = [self._found[part] for part in view.parts]
        return parts[0] if len(parts) == 1 else fuse(parts, [1.0] * len(parts), field="document")


def _row(document: Document, view: View, vector: Vector) -> ViewRow:
    return ViewRow(
        id=view.id,
        document_id=document.id,
        modality=view.modality,
        vector=vector,
        attributes=document.attributes,
        expires_at=document.expires_at,
    )
