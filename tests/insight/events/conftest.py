"""A log of searches and events over a real database, filled by the tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.core.db.database import SqlDatabase
from services.core.media.fetch import GuardedFetcher
from services.core.media.store import FsspecMediaStore
from services.core.ports import Ports
from services.core.queue import names
from services.core.queue.local import LocalLocks, LocalQueue
from services.core.settings import Events, MediaLimits, Settings, Stores
from services.core.types.events import Action, Event, LoggedSearch
from services.core.types.indexes import AttributeType, Hnsw, Index, IndexSettings
from services.insight.events import learning
from tests.contract.hashing_embedder import HashingEmbedder
from tests.contract.memory_index import MemoryIndex

SHOP = "shop"


BEGIN = datetime(2026, 1, 1, tzinfo=UTC)


class Outbox(LocalQueue):
    """Keeps what was sent, for the test to do."""

    def __init__(self, sent: list[dict[str, str]]) -> None:
        super().__init__({}, threads={})
        self._kept = sent

    def send(self, task: str, ids: Mapping[str, str], *, delay_s: float = 0.0) -> None:
        assert (task, delay_s) == (names.INSIGHT_LEARN, 0.0)
        self._kept.append(dict(ids))


class Log:
    """`now` stands still unless the test moves it; ids are given in order."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 5, 1, 12, tzinfo=UTC)
        self.sent: list[dict[str, str]] = []
        settings = Settings(stores=Stores(data_dir=folder), events=Events(keep_days=30))
        self.ports = Ports(
            database=SqlDatabase.open(
                settings.stores.resolved_database_url(), queue=Outbox(self.sent)
            ),
            vectors=MemoryIndex(),
            media=FsspecMediaStore(settings.stores.resolved_media_url()),
            fetcher=GuardedFetcher(MediaLimits()),
            embedder=HashingEmbedder(),
            locks=LocalLocks(),
            clock=lambda: self.now,
            settings=settings,
        )
        self.made = 0
        self._searches: list[LoggedSearch] = []
        self._events: list[Event] = []
        attributes = {"category": AttributeType.STRING, "price": AttributeType.NUMBER}
        with self.ports.database.work() as work:
            shape = IndexSettings("hashing", 64, attributes, Hnsw())
            work.indexes.add(Index(SHOP, shape, "fp", 1, None, None, None, BEGIN))

    def search(self, *shown: str, text: str | None = "mug", **changes: Any) -> str:
        self.made += 1
        query_id = f"qry_{self.made:06}"
        values = {
            "query_id": query_id, "index": SHOP, "at": self.now - timedelta(minutes=1),
            "kind": "text", "text": text, "client": f"cl_{self.made}", "configuration": None,
            "experiment": None, "variant": None, "shown": shown, "first_rank": 1, "teams": None,
            "top_score": None, "took_ms": 1.0, "degraded": False, "bot": False,
        }  # fmt: skip
        self._searches.append(LoggedSearch(**(values | changes)))
        return query_id

    def act(self, query_id: str, action: Action, *documents: str, **changes: Any) -> None:
        for document in documents:
            self.made += 1
            values = {
                "id": f"e{self.made}", "query_id": query_id, "action": action,
                "object_id": document, "position": None, "client": None,
                "at": self.now - timedelta(minutes=1), "received_at": self.now,
            }  # fmt: skip
            self._events.append(Event(**(values | changes)))

    def page(self, shown: Sequence[str], *, clicks: Sequence[str] = (), **changes: Any) -> str:
        """A search whose whole page was seen."""
        query_id = self.search(*shown, **changes)
        self.act(query_id, Action.IMPRESSION, *shown)
        self.act(query_id, Action.CLICK, *clicks)
        return query_id

    def write(self) -> None:
        with self.ports.database.work() as work:
            work.searches.add(self._searches)
            work.events.add(self._events)
        self._searches, self._events = [], []

    def set(self, **events: Any) -> None:
        settings = self.ports.settings.model_copy(update={"events": Events(**events)})
        self.ports = replace(self.ports, settings=settings)

    def sweep(self) -> None:
        """Send what is due and do it, as often as it was sent."""
        learning.send_due(self.ports)
        for ids in self.sent:
            learning.run(self.ports, **ids)
        self.sent.clear()

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path)
    yield log
    log.ports.database.close()
