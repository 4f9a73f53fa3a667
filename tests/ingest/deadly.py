"""An embedder and a fetcher that the process dies of, and a process that works with them."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from services.core.index.milvus import MilvusIndex
from services.core.types.vectors import Content, Matrix, Purpose
from services.ingest import pipeline
from tests.contract.hashing_embedder import HashingEmbedder
from tests.ingest.world import World

POISON = "poison"
ADDRESS = "https://example.com/poison.png"
INDEX = "deadly"


def kill_myself() -> NoReturn:
    """End as a decoder's segmentation fault does: at once, no handler runs."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


@dataclass(frozen=True, slots=True)
class DeadlyEmbedder(HashingEmbedder):
    """Dies of a content that has the word."""

    die: Callable[[], NoReturn] = kill_myself

    def embed(
        self,
        embedder: str,
        contents: Sequence[Content],
        purpose: Purpose,
        *,
        dimensions: int | None = None,
    ) -> Matrix:
        if any(POISON in (content.text or "") for content in contents):
            self.die()
        # Not `super()`: a dataclass with slots is made anew, and is another class by then.
        return HashingEmbedder.embed(self, embedder, contents, purpose, dimensions=dimensions)


@dataclass(frozen=True, slots=True)
class DeadlyFetcher:
    """Dies of an address."""

    def fetch(
        self, url: str, *, max_bytes: int | None = None, timeout_s: float | None = None
    ) -> bytes:
        kill_myself()


def work(folder: Path, job_id: str) -> None:
    """What the embedded mode does from its start on, until the job is over."""
    vectors = MilvusIndex(str(folder / "vectors.db"))
    world = World(folder, vectors, name=INDEX, batch=8)
    ports = replace(world.ports, embedder=DeadlyEmbedder(), fetcher=DeadlyFetcher())
    world.start(ports)
    pipeline.resume(ports)
    while not world.job(job_id).state.finished:
        world.queue.drain()
        pipeline.send_due(ports)
    ports.database.close()
    vectors.close()


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2])
