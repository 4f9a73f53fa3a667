"""The composition root: the only file that names concrete adapters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from filelock import BaseFileLock, FileLock, Timeout

from models import registry
from services.core.db.database import SqlDatabase
from services.core.errors import SettingsError
from services.core.index.milvus import MilvusIndex
from services.core.media.fetch import GuardedFetcher
from services.core.media.store import FsspecMediaStore
from services.core.ports import Ports, Queue
from services.core.queue import names
from services.core.queue.local import LocalLocks, LocalQueue
from services.core.settings import Models, Settings
from services.core.telemetry import Metrics
from services.embedder.runtime import EmbedderRuntime
from services.ingest.pipeline import handlers, resume

LANES = {
    names.INGEST_EXPAND: "expand",
    names.INGEST_PREPARE: "prepare",
    names.INGEST_EMBED: "embed",
    names.INDEX_REBUILD: "rebuild",
    names.SWEEP: "maintenance",
}


@dataclass(frozen=True, slots=True)
class Runtime:
    """An opened installation: its ports, its queue and its metrics."""

    settings: Settings
    ports: Ports
    queue: Queue
    metrics: Metrics
    close: Callable[[], None]


def open_runtime(settings: Settings) -> Runtime:
    """Open every part that the settings name, resume unfinished work, start the queue."""
    owned = _own_data_folder(settings)
    queue = _make_queue(settings)
    database = SqlDatabase.open(settings.stores.resolved_database_url(), queue=queue)
    embedder = make_embedder(settings.models)
    vectors = MilvusIndex(
        settings.stores.resolved_milvus_uri(),
        token=settings.stores.milvus_token.get_secret_value(),
    )
    ports = Ports(
        database=database,
        vectors=vectors,
        media=FsspecMediaStore(settings.stores.resolved_media_url()),
        fetcher=GuardedFetcher(settings.media),
        embedder=embedder,
        locks=LocalLocks(),
        clock=lambda: datetime.now(UTC),
        settings=settings,
        stopping=queue.stopping,
    )
    embedder.warm_up(settings.models.default_embedder)
    resume(ports)
    queue.start(handlers(ports))
    queue.every(settings.ingest.sweep_every_s, names.SWEEP)

    def close() -> None:
        queue.stop()
        vectors.close()
        database.close()
        owned.release()

    return Runtime(settings=settings, ports=ports, queue=queue, metrics=Metrics(), close=close)


def make_embedder(settings: Models) -> EmbedderRuntime:
    """Embed in this process with the models of the registry."""
    threads = settings.threads or None
    return EmbedderRuntime(
        (settings.default_embedder, *registry.names()),
        lambda name: registry.load(name, threads=threads),
        batch=settings.batch,
    )


def _own_data_folder(settings: Settings) -> BaseFileLock:
    """Milvus Lite and the local queue take one process; the lock ends with it, however it ends."""
    folder = settings.stores.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / "margay.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise SettingsError(
            f"another process holds the data folder {folder.resolve()}; stop that server, "
            "or set MARGAY_STORES__DATA_DIR to another folder"
        ) from error
    return lock


def _make_queue(settings: Settings) -> LocalQueue:
    if settings.stores.broker_url != "local://":
        raise SettingsError(
            f"MARGAY_STORES__BROKER_URL is {settings.stores.broker_url!r}; "
            "this version knows local:// only"
        )
    return LocalQueue(LANES, threads=dict.fromkeys(LANES.values(), 1))
