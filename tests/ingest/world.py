"""An installation in a folder, driven step by step: real stores, a queue that waits."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PIL import Image

from services.core.db.database import SqlDatabase
from services.core.errors import FetchFailed
from services.core.index.milvus import MilvusIndex
from services.core.media.store import FsspecMediaStore
from services.core.ports import EmbedderClient, IndexLocks, Ports
from services.core.queue.local import LocalLocks
from services.core.settings import Ingest, MediaLimits, Models, Settings, Stores
from services.core.types.documents import StoredDocument
from services.core.types.indexes import AttributeType, Index
from services.core.types.jobs import Item, Job
from services.ingest import accept, indexes, pipeline
from tests.contract.hashing_embedder import HashingEmbedder
from tests.ingest.manual_queue import ManualQueue

ATTRIBUTES = {"price": AttributeType.NUMBER, "brand": AttributeType.STRING}


class Addresses:
    """A fetcher of the addresses it was given: bytes, or an error to raise."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Exception] = {}
        self.asked: list[str] = []

    def fetch(
        self, url: str, *, max_bytes: int | None = None, timeout_s: float | None = None
    ) -> bytes:
        self.asked.append(url)
        answer = self.answers.get(url, FetchFailed(f"{url} does not answer"))
        if isinstance(answer, Exception):
            raise answer
        return answer


class World:
    """`ports` are the real ones; time stands still unless the test moves it."""

    def __init__(
        self,
        folder: Path,
        vectors: MilvusIndex,
        *,
        name: str,
        batch: int = 4,
        database_url: str = "",
        locks: IndexLocks | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.index = name
        self.now = datetime(2026, 5, 1, tzinfo=UTC)
        self.queue = ManualQueue()
        self.addresses = Addresses()
        settings = Settings(
            stores=Stores(data_dir=folder, database_url=database_url),
            ingest=Ingest(batch_items=batch, import_roots=(folder / "imports",), max_attempts=3),
            media=MediaLimits(max_image_bytes=200_000),
            models=Models(default_embedder="hashing"),
        )
        self.ports = Ports(
            database=SqlDatabase.open(settings.stores.resolved_database_url(), queue=self.queue),
            vectors=vectors,
            media=FsspecMediaStore(settings.stores.resolved_media_url()),
            fetcher=self.addresses,
            embedder=HashingEmbedder(),
            locks=locks or LocalLocks(),
            clock=lambda: self.now,
            settings=settings,
        )
        self.imports = folder / "imports"
        self.imports.mkdir(exist_ok=True)
        self.start()

    def start(self, ports: Ports | None = None) -> None:
        self.queue.start(pipeline.handlers(ports or self.ports))

    def embed_with(self, embedder: EmbedderClient) -> None:
        self.ports = replace(self.ports, embedder=embedder)
        self.start()

    def make_index(self, name: str | None = None) -> Index:
        return indexes.create(self.ports, name or self.index, attributes=ATTRIBUTES)[0]

    def accept(self, *documents: dict[str, Any], **files: bytes) -> Job:
        return accept.accept(self.ports, self.index, list(documents), files=files)

    def ingest(self, *documents: dict[str, Any], **files: bytes) -> Job:
        """Accept and do everything that is due."""
        job = self.accept(*documents, **files)
        self.queue.drain()
        return self.job(job.id)

    def crash(self) -> None:
        """Forget every waiting task, then take up the work as a new process does."""
        self.queue.stop()
        self.start()
        pipeline.resume(self.ports)

    def sweep(self) -> None:
        pipeline.sweep_up(self.ports)

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def job(self, job_id: str) -> Job:
        with self.ports.database.read() as work:
            return work.jobs.get(job_id)

    def items(self, job_id: str) -> list[Item]:
        with self.ports.database.read() as work:
            return work.jobs.items(job_id, state=None, after=None, limit=1000)

    def reasons(self, job_id: str) -> dict[str, str]:
        """Reason code by document of the items that have one."""
        return {item.document_id: item.error.code for item in self.items(job_id) if item.error}

    def stored(self, document_id: str) -> StoredDocument:
        with self.ports.database.read() as work:
            return work.documents.get(self.index, document_id)

    def titles(self) -> dict[str, str]:
        """Every live document's title, after checking that SQL and the vectors agree on all."""
        found = indexes.verify(self.ports, self.index)
        assert found.consistent, found
        documents = indexes.all_documents(self.ports, self.index)
        return {stored.document.id: stored.document.title for stored in documents}

    def keys(self, prefix: str) -> Sequence[str]:
        return sorted(self.ports.media.keys(prefix))


def picture(colour: str = "red", *, format: str = "PNG") -> bytes:
    """An encoded picture: a square of one colour on white."""
    image = Image.new("RGB", (90, 60), "white")
    image.paste(colour, (20, 10, 70, 50))
    buffer = io.BytesIO()
    image.save(buffer, format)
    return buffer.getvalue()


def document(document_id: str, title: str = "A thing", **more: Any) -> dict[str, Any]:
    return {"id": document_id, "title": title, **more}
