"""Our worker around one embedder, without stores: `python -m ... BROKER_URL FOLDER KIND`.

KIND is `hashing[=revision]`, `listed` or `pocket`.
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import redis

from models import registry
from services.core.ports import Ports, Scorer
from services.core.ports.queue import Handler
from services.core.queue import names
from services.core.settings import Settings, Stores
from services.core.types.models import ModelState
from services.core.types.vectors import Content, Purpose
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scorer_runtime import ScorerRuntime
from services.worker import process
from services.worker.query_tasks import Runtime
from services.worker.run import run
from tests.contract.hashing_embedder import HashingEmbedder
from tests.embedder.listed import Listed
from tests.embedder.overlap import Overlap

GO = "tests:go"
"""A list in Redis: each entry lets one `wait` end."""
PATIENCE_S = 60


class Hashing(HashingEmbedder):
    """Ends at once, but for the text `wait` when the test says GO; `die` ends the process."""

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
        deadline_s: float | None = None,
    ) -> np.ndarray:
        said = {each.text for each in contents}
        if "wait" in said:
            with redis.Redis.from_url(sys.argv[1]) as broker:
                broker.blpop(GO, timeout=PATIENCE_S)
        if "die" in said:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(embedder, contents, purpose, dimensions=dimensions)


class Opened:
    """`services.worker.room.Opened` with models and nothing else."""

    def __init__(self, kind: str) -> None:
        self.embedder = _runtime(kind)
        self.scorer: Scorer = ScorerRuntime(["overlap"], lambda _: Overlap())
        self._stopping = threading.Event()

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return dict.fromkeys(names.QUEUES, lambda **_: None)

    @property
    def ports(self) -> Ports:
        raise AssertionError("no test here reaches the stores")

    def models(self) -> tuple[ModelState, ...]:
        return ()

    def begin_slice(self) -> None:
        """No task here is long."""

    def yielding(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        self._stopping.set()

    def close(self) -> None:
        """The process ends."""


def _runtime(kind: str) -> Runtime:
    name, _, revision = kind.partition("=")
    if name == "hashing":
        return Hashing(revision=revision or "1", others=("second",))
    if name == "listed":
        return EmbedderRuntime(["listed", "second"], lambda _: Listed())
    return EmbedderRuntime(["pocket"], registry.load)


if __name__ == "__main__":
    url, folder, kind = sys.argv[1:]
    process.configure_logging()
    settings = Settings(stores=Stores(broker_url=url, data_dir=Path(folder)))
    sys.exit(run("embedder", settings, open_=lambda *_: Opened(kind)))
