"""Logs searches without letting them wait: a bounded buffer that one thread writes in batches."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from services.core import ids
from services.core.errors import MargayError
from services.core.ports import Ports
from services.core.types.events import LoggedSearch
from services.gateway.visitor import Visitor
from services.insight.events.words import kept_words
from services.search.hits import SearchResponse
from services.search.parts import Part

logger: Final = logging.getLogger(__name__)

FLUSH_S: Final = 1.0
"""How long a search waits at most to be written; so much is lost when the process is killed."""
BATCH: Final = 500


class SearchLog:
    """One for a process; safe to use from several threads."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._settings = ports.settings.events
        self._waiting: deque[LoggedSearch] = deque()
        self._guard = threading.Lock()
        self._writing = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._dropped = 0
        self._written = 0

    def note(
        self,
        found: SearchResponse,
        *,
        index: str,
        parts: Sequence[Part],
        visitor: Visitor,
        client_id: str | None = None,
        configuration: str | None = None,
        experiment: str | None = None,
        variant: str | None = None,
        teams: Sequence[str] | None = None,
    ) -> None:
        """Remember an answered page, to be written soon. Never waits and never raises.

        `client_id` is what the caller sent; only its keyed hash is stored, and nothing of a visitor
        who wants to be left alone. Of media only their kind is noted. `teams`: see LoggedSearch.
        """
        if not self._settings.log_searches:
            return
        known = None if visitor.private else client_id
        secret = self._ports.database.instance_secret()
        search = LoggedSearch(
            query_id=found.query_id,
            index=index,
            at=self._ports.clock(),
            kind=_kind(parts),
            text=_words(parts) if self._settings.log_text else None,
            client=None if known is None else ids.client_key(secret, known),
            configuration=configuration,
            experiment=experiment,
            variant=variant,
            shown=tuple(hit.id for hit in found.hits),
            first_rank=found.hits[0].rank if found.hits else 1,
            teams=None if teams is None else tuple(teams),
            top_score=found.hits[0].score if found.hits else None,
            took_ms=found.timings_ms.get("total", 0.0),
            degraded=found.degraded,
            bot=visitor.bot,
        )
        self._put(search)

    def flush(self) -> None:
        """Write what waits now. Raises Unavailable's family if it must wait on.

        A batch that cannot be written at all is dropped and counted, so that others get their turn.
        """
        with self._writing:
            while batch := self._batch():
                try:
                    with self._ports.database.work() as work:
                        work.searches.add(batch)
                except BaseException as error:
                    self._take_back(batch, again=isinstance(error, MargayError) and error.retryable)
                    raise
                self._written += len(batch)

    def close(self) -> None:
        """Write what waits, and log nothing more."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    def families(self) -> Iterable[Metric]:
        """How the log does, for Prometheus."""
        yield CounterMetricFamily(
            "margay_searches_logged", "Searches written to the log.", self._written
        )
        yield CounterMetricFamily(
            "margay_searches_unlogged",
            "Searches not logged because too many waited to be.",
            self._dropped,
        )
        yield GaugeMetricFamily(
            "margay_searches_to_log", "Searches that wait to be logged.", len(self._waiting)
        )

    def _put(self, search: LoggedSearch) -> None:
        with self._guard:
            if len(self._waiting) >= self._settings.buffer or self._closing.is_set():
                self._dropped += 1
                return
            self._waiting.append(search)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="search-log", daemon=True)
                self._thread.start()

    def _take_back(self, batch: list[LoggedSearch], *, again: bool) -> None:
        with self._guard:
            if again:
                self._waiting.extendleft(reversed(batch))
            else:
                self._dropped += len(batch)

    def _batch(self) -> list[LoggedSearch]:
        with self._guard:
            return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]

    def _run(self) -> None:
        while not self._closing.wait(FLUSH_S):
            self._try_to_flush()
        self._try_to_flush()

    def _try_to_flush(self) -> None:
        try:
            self.flush()
        except MargayError as error:
            logger.warning("search_log.waits: %s", error)
        except Exception:
            # The edge of a thread: whatever is wrong with a batch, the next one is tried.
            logger.exception("search_log.failed")


def _kind(parts: Sequence[Part]) -> str:
    kinds = {part.kind for part in parts if part.weight > 0} or {part.kind for part in parts}
    return kinds.pop() if len(kinds) == 1 else "composed"


def _words(parts: Sequence[Part]) -> str | None:
    return kept_words(part.text for part in parts if part.text is not None and part.weight > 0)
