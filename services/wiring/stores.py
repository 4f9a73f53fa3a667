"""The parts that hold things, opened as the settings say."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from filelock import BaseFileLock, FileLock, Timeout

from services.core.db.database import SqlDatabase
from services.core.errors import SettingsError
from services.core.index.milvus import MilvusIndex
from services.core.media import s3
from services.core.media.fetch import GuardedFetcher
from services.core.media.store import FsspecMediaStore
from services.core.ports import EmbedderClient, IndexLocks, Ports, Queue, Scorer
from services.core.settings import Settings

_SHARED: Final = {
    "database_url": "a PostgreSQL server (postgresql://...)",
    "milvus_uri": "a Milvus server (http://...)",
    "media_url": "a bucket (s3://...) or a folder that every process has (file:///...)",
}
"""What several processes need in common."""


@dataclass(frozen=True, slots=True)
class Stores:
    """SQL, vectors and media, and the way to close them."""

    database: SqlDatabase
    vectors: MilvusIndex
    media: FsspecMediaStore


def open_stores(
    settings: Settings, *, queue: Queue, closing: ExitStack, role: str = "gateway"
) -> Stores:
    """Open them; `closing` closes them in reverse. Raises SettingsError, Unavailable."""
    url = settings.stores.resolved_database_url()
    connections = settings.stores.database_connections
    database = SqlDatabase.open(url, queue=queue, role=role, connections=connections)
    closing.callback(database.close)
    database.check_restored()
    vectors = open_vectors(settings)
    closing.callback(vectors.close)
    return Stores(database, vectors, open_media(settings))


def open_vectors(settings: Settings) -> MilvusIndex:
    """Raises IndexDown when it cannot be opened: an embedded one is open once."""
    stores = settings.stores
    return MilvusIndex(stores.resolved_milvus_uri(), token=stores.milvus_token.get_secret_value())


def open_media(settings: Settings) -> FsspecMediaStore:
    """Raises SettingsError for an address that cannot be opened."""
    return FsspecMediaStore(settings.stores.resolved_media_url(), s3.options(settings.stores))


def make_ports(
    settings: Settings,
    stores: Stores,
    *,
    embedder: EmbedderClient,
    scorer: Scorer,
    locks: IndexLocks,
    stopping: Callable[[], bool],
    yielding: Callable[[], bool] | None = None,
    worker: str = "local/",
) -> Ports:
    """Bundle what the flows are given."""
    return Ports(
        database=stores.database,
        vectors=stores.vectors,
        media=stores.media,
        fetcher=GuardedFetcher(settings.media),
        embedder=embedder,
        locks=locks,
        clock=lambda: datetime.now(UTC),
        settings=settings,
        stopping=stopping,
        yielding=yielding or stopping,
        worker=worker,
        scorer=scorer,
    )


def check_shared(settings: Settings) -> None:
    """Raises SettingsError unless several processes can work on these stores."""
    stores = settings.stores
    if not stores.broker_url.startswith("redis://"):
        raise SettingsError(
            "MARGAY_STORES__BROKER_URL must be local:// (one process does everything) "
            "or the address of a Redis server (redis://...)"
        )
    for name, wanted in _SHARED.items():
        value = getattr(stores, name)
        if not value or (name == "database_url" and not value.startswith("postgresql")):
            raise SettingsError(
                f"MARGAY_STORES__{name.upper()} must name {wanted}: with a broker, "
                "several processes share it"
            )


def check_clock(
    database: SqlDatabase, *, lease_s: float, clock: Callable[[], float] = time.time
) -> None:
    """Raises SettingsError when this machine's clock is far from the database's.

    Two workers a quarter of a lease off, one either way, still tell each other's leases right: the
    last third of a lease is for its renewal.
    """
    ahead_s = database.clock_ahead_s(clock)
    if abs(ahead_s) > lease_s / 4:
        way = "ahead of" if ahead_s > 0 else "behind"
        raise SettingsError(
            f"this machine's clock is {abs(ahead_s):.0f} s {way} the database's: it would take "
            "what others have in hand, or they what it has; set both by NTP"
        )


def own_data_folder(settings: Settings) -> BaseFileLock:
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
