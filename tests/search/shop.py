"""A catalog to search in: documents go straight into the stores, without the ingest flow."""

import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from services.core import ids
from services.core.db.database import SqlDatabase
from services.core.errors import EmbedderDown, FetchFailed
from services.core.media.kinds import Kind
from services.core.media.store import FsspecMediaStore
from services.core.media.stored_pictures import full_key
from services.core.ports import EmbedderClient, Ports, VectorIndex
from services.core.queue.local import LocalLocks
from services.core.settings import Search, Settings, Stores
from services.core.types.documents import Document, Media
from services.core.types.indexes import AttributeType, Index, IndexSettings
from services.core.types.search import DocumentRow, ViewRow
from services.core.types.vectors import Content, Modality, Purpose, Vector
from services.core.vectors import normalise
from services.search import pipeline
from services.search.hits import SearchResponse
from services.search.parts import Medium, Part
from services.search.request import SearchRequest
from tests.contract.hashing_embedder import NAME, SIZE, HashingEmbedder
from tests.ingest.manual_queue import ManualQueue

ATTRIBUTES = {
    "price": AttributeType.NUMBER,
    "brand": AttributeType.STRING,
    "stock": AttributeType.INTEGER,
    "tags": AttributeType.TAGS,
}


class Addresses:
    """A fetcher of the addresses it was given."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes] = {}
        self.waits: list[float | None] = []
        """How long each was given."""

    def fetch(
        self, url: str, *, max_bytes: int | None = None, timeout_s: float | None = None
    ) -> bytes:
        self.waits.append(timeout_s)
        if url not in self.answers:
            raise FetchFailed(f"{url} does not answer")
        return self.answers[url]


class Down(HashingEmbedder):
    """Describes itself and does not answer."""

    def embed(self, embedder, contents, purpose, *, dimensions=None):
        raise EmbedderDown("no answer")


class Senses(HashingEmbedder):
    """Hears and watches too, and keeps what it was given."""

    def __init__(self, **how: Any) -> None:
        senses = frozenset({"text", "image", "audio", "video"})
        super().__init__(**{"modalities": senses} | how)
        self.given: list[Content]
        object.__setattr__(self, "given", [])

    def embed(self, embedder, contents, purpose, *, dimensions=None):
        self.given.extend(contents)
        return super().embed(embedder, contents, purpose, dimensions=dimensions)


class Shop:
    """One index in real stores (the vector index is given); time stands still."""

    def __init__(
        self, folder: Path, vectors: VectorIndex, *, embedder: EmbedderClient | None = None
    ) -> None:
        self.now = datetime(2026, 5, 1, tzinfo=UTC)
        self.addresses = Addresses()
        folder.mkdir(parents=True, exist_ok=True)
        settings = Settings(
            stores=Stores(data_dir=folder), search=Search(exact_below_rows=0, max_limit=1000)
        )
        self.ports = Ports(
            database=SqlDatabase.open(settings.stores.resolved_database_url(), queue=ManualQueue()),
            vectors=vectors,
            media=FsspecMediaStore(settings.stores.resolved_media_url()),
            fetcher=self.addresses,
            embedder=embedder or HashingEmbedder(),
            locks=LocalLocks(),
            clock=lambda: self.now,
            settings=settings,
        )
        self.open()

    def open(self, **settings: Any) -> None:
        """Start an empty index under a new name."""
        self.name = f"shop_{secrets.token_hex(5)}"
        self.index = Index(
            name=self.name,
            settings=IndexSettings(NAME, SIZE, ATTRIBUTES, **settings),
            fingerprint=self.ports.embedder.info(NAME).fingerprint,
            generation=1,
            building=None,
            building_settings=None,
            building_fingerprint=None,
            created_at=self.now,
        )
        with self.ports.database.work() as work:
            work.indexes.add(self.index)
        self.ports.vectors.create(self.index.serving())

    def set_search(self, **changes: Any) -> None:
        """Change search settings."""
        settings = self.ports.settings
        search = settings.search.model_copy(update=changes)
        self.ports = replace(self.ports, settings=settings.model_copy(update={"search": search}))

    def limit_media(self, **changes: Any) -> None:
        """Change limits of media."""
        settings = self.ports.settings
        media = settings.media.model_copy(update=changes)
        self.ports = replace(self.ports, settings=settings.model_copy(update={"media": media}))

    def embed_with(self, embedder: EmbedderClient) -> None:
        self.ports = replace(self.ports, embedder=embedder)

    def put(self, *documents: Document, views: Mapping[str, Vector] | None = None) -> None:
        """Write documents with their words' view, or with `views` ("text:0" -> vector)."""
        rows = [(document, views or self.text_view(document)) for document in documents]
        self.write(rows)

    def write(self, rows: Sequence[tuple[Document, Mapping[str, Vector]]]) -> None:
        """Write documents, each with its views."""
        with self.ports.database.work() as work:
            for document, views in rows:
                work.documents.put(
                    self.name,
                    document,
                    sequence=work.jobs.next_sequence(),
                    views=[f"{document.id}:{view}" for view in views],
                    now=self.now,
                )
        self.ports.vectors.upsert(
            self.index.serving(),
            [
                _view_row(document, view, vector)
                for document, views in rows
                for view, vector in views.items()
            ],
            [_document_row(document) for document, _ in rows],
        )

    def delete(self, *document_ids: str) -> None:
        """Delete in SQL only: the vectors are still there."""
        with self.ports.database.work() as work:
            sequence = work.jobs.next_sequence()
            work.documents.mark_deleted(self.name, document_ids, sequence=sequence, now=self.now)

    def change(self, document: Document) -> None:
        """Change attributes in SQL only: the filter columns lag behind."""
        with self.ports.database.work() as work:
            work.documents.change(self.name, document, now=self.now)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def text_view(self, document: Document) -> dict[str, Vector]:
        return {"text:0": self.vector(f"{document.title}. {document.description}")}

    def vector(self, text: str) -> Vector:
        return self.ports.embedder.embed(NAME, [Content(text=text)], Purpose.INDEX)[0]

    def store(
        self,
        data: bytes,
        *,
        index: str | None,
        expires_at: datetime | None = None,
        kind: str = "image",
        content_type: str = "image/png",
        **facts: Any,
    ) -> str:
        """Keep a medium under a media id."""
        media_id = "med_" + secrets.token_hex(16).translate(str.maketrans("0189", "wxyz"))
        self.ports.media.put(full_key(media_id), data)
        with self.ports.database.work() as work:
            work.media.put(
                Media(
                    id=media_id,
                    index=index,
                    kind=kind,
                    content_type=content_type,
                    width=30,
                    height=30,
                    bytes=len(data),
                    sha256="0" * 64,
                    owner=None,
                    created_at=self.now,
                    expires_at=expires_at,
                    **facts,
                )
            )
        return media_id

    def search(self, *parts: Part | str, **how: Any) -> SearchResponse:
        """Search with parts (or texts)."""
        made = tuple(Part(text=part) if isinstance(part, str) else part for part in parts)
        return pipeline.search(SearchRequest(self.name, made, **how), ports=self.ports)

    def found(self, *parts: Part | str, **how: Any) -> list[str]:
        """Ids of the hits."""
        return [hit.id for hit in self.search(*parts, **how).hits]

    def similar(self, document_id: str, **how: Any) -> SearchResponse:
        return pipeline.similar(self.name, document_id, ports=self.ports, **how)


def direction(axis: int, *, towards: int = 0, share: float = 0.0) -> Vector:
    """A unit vector along an axis, leaning towards another."""
    vector = np.zeros(SIZE)
    vector[axis] += 1.0 - share
    vector[towards] += share
    return normalise(vector)


def medium(
    data: bytes | None = None,
    *,
    kind: Kind = Kind.IMAGE,
    url: str | None = None,
    media_id: str | None = None,
    **how: Any,
) -> Part:
    """A part that is a medium, a picture unless `kind` says otherwise."""
    return Part(medium=Medium(kind, data=data, url=url, media_id=media_id), **how)


def picture(colour: str) -> bytes:
    """An encoded picture of one colour."""
    file = io.BytesIO()
    Image.new("RGB", (30, 30), colour).save(file, "PNG")
    return file.getvalue()


def _view_row(document: Document, view: str, vector: Vector) -> ViewRow:
    name = ids.ViewName.parse(f"{document.id}:{view}")
    return ViewRow(
        id=str(name),
        document_id=document.id,
        modality=Modality(name.modality),
        vector=vector,
        attributes=document.attributes,
        expires_at=document.expires_at,
    )


def _document_row(document: Document) -> DocumentRow:
    return DocumentRow(
        document_id=document.id,
        title=document.title,
        body=document.description,
        attributes=document.attributes,
        expires_at=document.expires_at,
    )
