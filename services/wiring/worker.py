"""What runs the tasks of a stack: a worker of the processor, or the one that owns the device."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from enum import StrEnum
from typing import TYPE_CHECKING

from services.core.ports import EmbedderClient, Ports, Queue, Scorer
from services.core.settings import Settings
from services.core.telemetry import Metrics
from services.core.types.models import ModelState
from services.embedder.metrics import serve_embedder_metrics
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scorer_runtime import ScorerRuntime
from services.embedder.turns import Turns
from services.wiring import model_states
from services.wiring.handlers import handlers
from services.wiring.models import make_embedder, make_rerankers, make_scorer
from services.wiring.stores import check_clock, check_shared, make_ports, open_stores

if TYPE_CHECKING:
    from celery import Celery


class Role(StrEnum):
    INGEST = "ingest"
    EMBEDDER = "embedder"


class Worker:
    """An opened worker: handlers by task, and the clock that makes long tasks take turns."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.metrics = Metrics()
        self.ports: Ports
        self.queue: Queue
        self.handlers: Mapping[str, Callable[..., None]]
        self.embedder: EmbedderRuntime | None = None
        self.scorer: ScorerRuntime | None = None
        self._closing = ExitStack()
        self._stopping = threading.Event()
        self._slices = threading.local()

    def models(self) -> tuple[ModelState, ...]:
        """How the models of this process do now; none of a worker that has none."""
        if self.embedder is None or self.scorer is None:
            return ()
        return model_states.of_process(self.embedder, self.scorer).models

    def begin_slice(self) -> None:
        """Start the time of the task that this thread runs now."""
        self._slices.end = time.monotonic() + self.settings.workers.slice_s

    def slice_over(self) -> bool:
        """Whether this thread's task is to make way for others."""
        end: float | None = getattr(self._slices, "end", None)
        return end is not None and time.monotonic() >= end

    def stopping(self) -> bool:
        return self._stopping.is_set()

    def yielding(self) -> bool:
        return self.stopping() or self.slice_over()

    def stop(self) -> None:
        """Make running tasks end soon, with what they hold given back."""
        self._stopping.set()

    def close(self) -> None:
        """Release everything, after the last task."""
        self.stop()
        self._closing.close()

    def opened(self, app: Celery, role: Role) -> Worker:
        """Open what the role needs; closes it again if a part fails."""
        with self._closing as closing:
            self._open(app, role, closing)
            self._closing = closing.pop_all()
        return self

    def _open(self, app: Celery, role: Role, closing: ExitStack) -> None:
        # Here for those who only import the roles: an embedded installation has no Celery.
        from services.core.db.locks import PostgresLocks
        from services.core.queue.celery_queue import CeleryQueue

        self.queue = queue = CeleryQueue(app)
        closing.callback(queue.close)
        stores = open_stores(self.settings, queue=queue, closing=closing, role=role)
        check_clock(stores.database, lease_s=self.settings.ingest.lease_s)
        embedder, scorer = self._models(app, role, closing)
        locks = PostgresLocks(self.settings.stores.resolved_database_url())
        closing.callback(locks.close)
        self.ports = make_ports(
            self.settings,
            stores,
            embedder=embedder,
            scorer=scorer,
            locks=locks,
            stopping=self.stopping,
            yielding=self.yielding,
            worker=f"celery/{socket.gethostname()}:{os.getpid()}/",
        )
        rerankers = make_rerankers(self.settings)
        closing.callback(rerankers.close)
        self.handlers = handlers(self.ports, rerankers=rerankers)

    def _models(self, app: Celery, role: Role, closing: ExitStack) -> tuple[EmbedderClient, Scorer]:
        if role is Role.EMBEDDER:
            turns = Turns()
            self.embedder = make_embedder(self.settings, metrics=self.metrics, turns=turns)
            closing.callback(self.embedder.close)
            self.scorer = make_scorer(self.settings, turns=turns)
            closing.callback(self.scorer.close)
            self.scorer.begin_loading()
            self.embedder.warm_up(self.settings.models.default_embedder)
            if self.settings.models.idle_unload_s == 0:
                self.embedder.begin_warming_others()
            port = self.settings.workers.metrics_port
            closing.callback(serve_embedder_metrics(port, self.metrics, self.embedder))
            return self.embedder, self.scorer
        from services.core.embedding.client import BrokerEmbedder
        from services.core.embedding.scorer import BrokerScorer
        from services.core.queue.exchange import Exchange

        exchange = Exchange(app)
        closing.callback(exchange.close)
        timeout_s = self.settings.workers.query_timeout_s
        client = BrokerEmbedder(
            exchange,
            names=self.settings.models.names(),
            timeout_s=timeout_s,
            batch=self.settings.models.batch,
        )
        closing.callback(client.close)
        scorer = BrokerScorer(
            exchange, names=self.settings.rerank.cross_encoders, timeout_s=timeout_s
        )
        closing.callback(scorer.close)
        return client, scorer


def open_worker(settings: Settings, role: str, *, app: Celery) -> Worker:
    """Open a worker of the stack, in the process that will run its tasks.

    Raises SettingsError for settings that do not fit a stack, Unavailable for a part that does
    not answer, EmbedderDown for a model that cannot be loaded.
    """
    check_shared(settings)
    return Worker(settings).opened(app, Role(role))
