"""The handful of ports a flow is given, in one frozen bundle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from services.core.outages import Outages
from services.core.ports.embedding import EmbedderClient
from services.core.ports.index import VectorIndex
from services.core.ports.media import MediaFetcher, MediaStore
from services.core.ports.queue import IndexLocks
from services.core.ports.reranking import NoScorer, Scorer
from services.core.ports.work import Database
from services.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Ports:
    database: Database
    vectors: VectorIndex
    media: MediaStore
    fetcher: MediaFetcher
    embedder: EmbedderClient
    locks: IndexLocks
    clock: Callable[[], datetime]
    """Now, timezone-aware UTC."""
    settings: Settings
    stopping: Callable[[], bool] = lambda: False
    """Whether this process is to end: a long task then stops behind what it has committed."""
    yielding: Callable[[], bool] = lambda: False
    """Whether a task is to end behind its current batch and be sent again (or is `stopping`)."""
    worker: str = "local/"
    """What the claims of this process begin with; ends in a slash, and no living other's does."""
    scorer: Scorer = field(default_factory=NoScorer)
    outages: Outages = field(default_factory=Outages)
    """What has hung lately: searches go on without it for a moment."""
