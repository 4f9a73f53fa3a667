"""A worker process around one embedder, as small as can be: `python -m ... BROKER_URL KIND`.

KIND is `hashing[=revision]`, `pocket`, `listed` or `slow`. It says that it lives, as workers do.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Event, Thread

import numpy as np

from models import registry
from services.core.queue.celery_app import make_app
from services.core.queue.exchange import Exchange
from services.core.queue.redis_client import connect
from services.core.queue.redis_workforce import note_alive
from services.core.settings import Settings, Stores
from services.core.types.vectors import Content, EmbedderInfo, Purpose
from services.core.types.work import WorkerInfo
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scorer_runtime import ScorerRuntime
from services.worker import query_tasks
from tests.contract.hashing_embedder import HashingEmbedder
from tests.embedder.listed import Listed
from tests.embedder.overlap import Overlap

NO_OP_WIDTH = 64
THREADS = 8


class Hashing:
    """The hashing embedder, which ends before any deadline. The text `sleep` takes 1.5 s."""

    def __init__(self, revision: str) -> None:
        self._inner = HashingEmbedder(revision=revision, others=("second",))

    def names(self) -> tuple[str, ...]:
        return self._inner.names()

    def info(self, embedder: str) -> EmbedderInfo:
        return self._inner.info(embedder)

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
        deadline_s: float | None = None,
    ) -> np.ndarray:
        if any(each.text == "sleep" for each in contents):
            time.sleep(1.5)
        if any(each.text == "die" for each in contents):
            os.kill(os.getpid(), signal.SIGKILL)
        return self._inner.embed(embedder, contents, purpose, dimensions=dimensions)


def runtime_of(kind: str):
    """What the process embeds with."""
    name, _, revision = kind.partition("=")
    if name == "hashing":
        return Hashing(revision or "1")
    if name == "listed":
        return EmbedderRuntime(["listed", "second"], lambda _: Listed())
    return EmbedderRuntime(["pocket"], registry.load)


def main() -> None:
    """Work until ended by a signal."""
    url, kind = sys.argv[1:]
    app = make_app(Settings(stores=Stores(broker_url=url)))
    exchange, runtime = Exchange(app), runtime_of(kind)
    scorer = ScorerRuntime(["overlap"], lambda _: Overlap())
    query_tasks.register(
        app, embedder=lambda: runtime, scorer=lambda: scorer, exchange=lambda: exchange
    )
    query_tasks.publish_infos(runtime, exchange)
    ended = Event()
    Thread(target=_live, args=(app, ended), daemon=True).start()
    app.Worker(
        pool="threads",
        concurrency=THREADS,
        queues=["embed.query"],
        loglevel="INFO",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    ).start()
    ended.set()


def _live(app, ended: Event) -> None:
    info = WorkerInfo("embedder", "test", os.getpid(), datetime.now(UTC), "0")
    client = connect(app)
    while not ended.wait(1.0 if _noted(client, info) else 0.1):
        pass


def _noted(client, info: WorkerInfo) -> bool:
    import redis

    try:
        note_alive(client, info)
    except redis.RedisError:
        return False
    return True


if __name__ == "__main__":
    main()
