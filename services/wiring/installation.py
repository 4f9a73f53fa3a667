"""What serves requests: everything in one process, or a gateway in front of workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from services.core.ports import Ports, Queue, SearchWatcher, Workforce
from services.core.queue import names
from services.core.queue.local import LocalLocks, LocalQueue
from services.core.settings import Settings
from services.core.telemetry import Metrics
from services.core.types.models import Models
from services.embedder.turns import Turns
from services.ingest.pipeline import resume
from services.insight.evaluation import accepting
from services.search.rerank.rerankers import Rerankers
from services.search.understanding.vocabularies import Vocabularies
from services.wiring import model_states
from services.wiring.handlers import handlers
from services.wiring.models import make_embedder, make_rerankers, make_scorer
from services.wiring.stores import check_shared, make_ports, open_stores, own_data_folder
from services.wiring.watching import open_watcher

LANES: Final = {
    names.INGEST_EXPAND: "expand",
    names.INGEST_PREPARE: "prepare",
    names.INGEST_EMBED: "embed",
    names.INDEX_REBUILD: "rebuild",
    names.SWEEP: "maintenance",
    names.DUE: "maintenance",
    names.INSIGHT_EVALUATE: "insight",
    # Beside evaluations, which take as long as they take.
    names.INSIGHT_REPORT: "report",
    names.INSIGHT_PROBE: "probe",
    names.INSIGHT_LEARN: "learn",
}


@dataclass(frozen=True, slots=True)
class Runtime:
    """An opened installation: its ports, its queue and its metrics.

    `checks` are asked by the readiness route beside the ports' own; `workforce` knows the workers
    of a stack.
    """

    settings: Settings
    ports: Ports
    queue: Queue
    rerankers: Rerankers
    metrics: Metrics
    models: Callable[[], Models]
    close: Callable[[], None]
    vocabularies: Vocabularies = field(default_factory=Vocabularies)
    checks: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    workforce: Workforce | None = None
    watcher: SearchWatcher | None = None


def open_runtime(settings: Settings) -> Runtime:
    """Open every part that the settings name; embedded, also resume work and start the queue.

    Raises SettingsError for settings that do not fit together, Unavailable for a part that does
    not answer.
    """
    closing = ExitStack()
    try:
        open_as = _open_embedded if settings.stores.embedded else _open_gateway
        return open_as(settings, closing)
    except BaseException:
        closing.close()
        raise


def _open_embedded(settings: Settings, closing: ExitStack) -> Runtime:
    owned = own_data_folder(settings)
    closing.callback(owned.release)
    queue = LocalQueue(LANES, threads=dict.fromkeys(LANES.values(), 1))
    metrics = Metrics()
    stores = open_stores(settings, queue=queue, closing=closing)
    turns = Turns()
    embedder = make_embedder(settings, metrics=metrics, turns=turns)
    closing.callback(embedder.close)
    scorer = make_scorer(settings, turns=turns)
    closing.callback(scorer.close)
    scorer.begin_loading()
    ports = make_ports(
        settings,
        stores,
        embedder=embedder,
        scorer=scorer,
        locks=LocalLocks(),
        stopping=queue.stopping,
    )
    rerankers = make_rerankers(settings)
    closing.callback(rerankers.close)
    embedder.warm_up(settings.models.default_embedder)
    resume(ports)
    accepting.resume(ports)
    closing.callback(queue.stop)
    queue.start(handlers(ports, rerankers=rerankers))
    queue.every(settings.ingest.sweep_every_s, names.SWEEP)
    queue.every(settings.workers.due_every_s, names.DUE)
    return Runtime(
        settings=settings,
        ports=ports,
        queue=queue,
        rerankers=rerankers,
        metrics=metrics,
        models=lambda: model_states.of_process(embedder, scorer),
        close=closing.close,
        watcher=open_watcher(ports, closing),
    )


def _open_gateway(settings: Settings, closing: ExitStack) -> Runtime:
    # Not before a stack is wanted: an embedded installation has none of these packages.
    from services.core.db.locks import PostgresLocks
    from services.core.embedding.client import BrokerEmbedder
    from services.core.embedding.scorer import BrokerScorer
    from services.core.queue.celery_app import make_app
    from services.core.queue.celery_queue import CeleryQueue
    from services.core.queue.exchange import Exchange
    from services.core.queue.redis_workforce import RedisWorkforce

    check_shared(settings)
    app = make_app(settings)
    queue = CeleryQueue(app)
    closing.callback(queue.close)
    closing.callback(queue.stop)
    metrics = Metrics()
    stores = open_stores(settings, queue=queue, closing=closing)
    exchange = Exchange(app)
    closing.callback(exchange.close)
    timeout_s = settings.workers.query_timeout_s
    embedder = BrokerEmbedder(
        exchange,
        names=settings.models.names(),
        timeout_s=timeout_s,
        batch=settings.models.batch,
    )
    closing.callback(embedder.close)
    scorer = BrokerScorer(exchange, names=settings.rerank.cross_encoders, timeout_s=timeout_s)
    closing.callback(scorer.close)
    locks = PostgresLocks(settings.stores.resolved_database_url())
    closing.callback(locks.close)
    ports = make_ports(
        settings,
        stores,
        embedder=embedder,
        scorer=scorer,
        locks=locks,
        stopping=queue.stopping,
    )
    rerankers = make_rerankers(settings)
    closing.callback(rerankers.close)
    workforce = RedisWorkforce(app)
    closing.callback(workforce.close)
    return Runtime(
        settings=settings,
        ports=ports,
        queue=queue,
        rerankers=rerankers,
        metrics=metrics,
        models=lambda: model_states.of_roster(
            exchange,
            embedders=embedder.names(),
            scorers=scorer.names(),
            owners=workforce.owners,
        ),
        close=closing.close,
        watcher=open_watcher(ports, closing),
        checks={"broker": lambda: _reach(workforce)},
        workforce=workforce,
    )


def _reach(workforce: Workforce) -> None:
    workforce.workers()
