"""The sample catalog in a real installation: SQLite, Milvus Lite, the pocket embedder."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.cli.demo import ATTRIBUTES
from services.core.media.kinds import Kind
from services.core.media.stored_pictures import thumbnail_key
from services.core.settings import Ingest, Settings, Stores
from services.core.types.documents import StoredDocument
from services.core.types.indexes import AttributeType
from services.core.types.rerank import RerankSpec, StageSpec
from services.ingest import accept, indexes
from services.insight import query_set
from services.insight.query_set import Query, QuerySet
from services.search import pipeline
from services.search.hits import SearchResponse
from services.search.parts import Medium, Part
from services.search.request import SearchRequest
from services.search.rerank.rerankers import Rerankers
from services.wiring import Runtime, open_runtime

INDEX = "products"
LONG_MS = 60_000
"""A deadline that nothing here needs: no figure may depend on a busy machine."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The installation with the catalog's questions and right answers."""

    runtime: Runtime
    asked: QuerySet

    def search(
        self,
        query: Query,
        *stages: StageSpec,
        rerankers: Rerankers | None = None,
        limit: int = 10,
    ) -> SearchResponse:
        """One search as the HTTP route makes it."""
        rerank = RerankSpec(stages, LONG_MS) if stages else None
        request = SearchRequest(INDEX, parts_of(query), limit=limit, rerank=rerank)
        return pipeline.search(request, ports=self.runtime.ports, rerankers=rerankers)

    def thumbnails(self) -> Mapping[str, bytes]:
        """The picture of each document, as a grid is made of it."""
        ports = self.runtime.ports
        return {
            stored.document.id: ports.media.get(thumbnail_key(stored.document.images[0]))
            for stored in self.documents()
        }

    def documents(self) -> list[StoredDocument]:
        return list(indexes.all_documents(self.runtime.ports, INDEX))


@contextmanager
def open_shop(folder: Path, catalog: Path) -> Iterator[Shop]:
    """Ingest the catalog into `folder` and serve it in this process."""
    settings = Settings(
        stores=Stores(data_dir=folder), ingest=Ingest(import_roots=(catalog.resolve(),))
    )
    runtime = open_runtime(settings)
    try:
        attributes = {name: AttributeType(kind) for name, kind in ATTRIBUTES.items()}
        indexes.create(runtime.ports, INDEX, attributes=attributes)
        source = {"type": "jsonl", "path": str((catalog / "products.jsonl").resolve())}
        _wait(runtime, accept.accept_import(runtime.ports, INDEX, source).id)
        yield Shop(runtime, query_set.read(catalog))
    finally:
        runtime.close()


def parts_of(query: Query) -> tuple[Part, ...]:
    """What is searched with: words, a picture or both."""
    words = () if query.text is None else (Part(text=query.text, field="text"),)
    if query.image is None:
        return words
    picture = Medium(Kind.IMAGE, data=query.image.read_bytes())
    return (*words, Part(medium=picture, field="image"))


def _wait(runtime: Runtime, job_id: str) -> None:
    while True:
        with runtime.ports.database.read() as work:
            job = work.jobs.get(job_id)
        if job.finished_at is not None:
            break
        time.sleep(0.05)
    if job.state != "succeeded":
        raise RuntimeError(f"the import ended {job.state}")
