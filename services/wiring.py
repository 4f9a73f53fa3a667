"""The composition root: the only file that names concrete adapters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from filelock import BaseFileLock, FileLock, Timeout

from models import registry
from models.base import ModelError
from models.card import Task
from models.options import Device, LoadOptions, Precision
from services.core.db.database import SqlDatabase
from services.core.errors import SettingsError
from services.core.index.milvus import MilvusIndex
from services.core.media.fetch import GuardedFetcher
from services.core.media.store import FsspecMediaStore
from services.core.ports import Ports, Queue, Workforce
from services.core.queue import names
from services.core.queue.local import LocalLocks, LocalQueue
from services.core.settings import Settings
from services.core.telemetry import Metrics
from services.core.vision.chat_server import ChatServer
from services.embedder.lane import Limit
from services.embedder.metrics import show_embedder
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scheduler import Scheduling
from services.embedder.scorer_runtime import ScorerRuntime
from services.embedder.turns import Turns
from services.ingest.pipeline import handlers, resume
from services.search.rerank.rerankers import Rerankers
from services.search.understanding.vocabularies import Vocabularies

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
    rerankers: Rerankers
    metrics: Metrics
    close: Callable[[], None]
    vocabularies: Vocabularies = field(default_factory=Vocabularies)
    checks: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    workforce: Workforce | None = None


def open_runtime(settings: Settings) -> Runtime:
    """Open every part that the settings name, resume unfinished work, start the queue."""
    owned = _own_data_folder(settings)
    queue = _make_queue(settings)
    metrics = Metrics()
    database = SqlDatabase.open(settings.stores.resolved_database_url(), queue=queue)
    turns = Turns()
    embedder = make_embedder(settings, metrics=metrics, turns=turns)
    scorer = make_scorer(settings, turns=turns)
    scorer.begin_loading()
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
        yielding=queue.stopping,
        scorer=scorer,
    )
    rerankers = make_rerankers(settings)
    embedder.warm_up(settings.models.default_embedder)
    resume(ports)
    queue.start(handlers(ports))
    queue.every(settings.ingest.sweep_every_s, names.SWEEP)

    def close() -> None:
        queue.stop()
        rerankers.close()
        scorer.close()
        embedder.close()
        vectors.close()
        database.close()
        owned.release()

    return Runtime(
        settings=settings,
        ports=ports,
        queue=queue,
        rerankers=rerankers,
        metrics=metrics,
        close=close,
    )


def make_rerankers(settings: Settings) -> Rerankers:
    """Rerank with the vision model that the settings name, if they do."""
    rerank = settings.rerank
    vision = None
    if rerank.vlm_url:
        vision = ChatServer(
            rerank.vlm_url,
            rerank.vlm_model,
            key=rerank.vlm_key.get_secret_value(),
            concurrency=rerank.vlm_concurrency,
        )
    return Rerankers(vision=vision, cell=rerank.grid_cell_pixels)


def make_embedder(
    settings: Settings, *, metrics: Metrics | None = None, turns: Turns | None = None
) -> EmbedderRuntime:
    """Embed in this process with the models that the settings name.

    Raises SettingsError for a name that stands for no embedder.
    """
    models = settings.models
    options = _load_options(settings)
    scheduling = Scheduling(
        limit=_limit(settings),
        max_wait_s=models.max_wait_ms / 1000,
        room=models.queue_contents,
    )
    runtime = EmbedderRuntime(
        models.names(),
        lambda name: registry.load(name, options),
        scheduling=scheduling,
        idle_unload_s=models.idle_unload_s,
        turns=turns,
        modalities=_modalities(models.names()).__getitem__,
        observe=None if metrics is None else metrics.observe_embed,
        observe_batch=None if metrics is None else metrics.observe_batch,
    )
    if metrics is not None:
        show_embedder(metrics, runtime)
    return runtime


def make_scorer(settings: Settings, *, turns: Turns | None = None) -> ScorerRuntime:
    """Rerank in this process with the cross-encoders that the settings name, if any.

    Raises SettingsError for a name that stands for none.
    """
    names = settings.rerank.cross_encoders
    for name in names:
        _check_task(name, Task.RERANK, variable="MARGAY_RERANK__CROSS_ENCODERS")
    options = _load_options(settings)
    return ScorerRuntime(
        names,
        lambda name: registry.load_scorer(name, options),
        turns=turns,
        limit=_limit(settings),
        room=settings.models.queue_contents,
        idle_unload_s=settings.models.idle_unload_s,
    )


def _load_options(settings: Settings) -> LoadOptions:
    models = settings.models
    return LoadOptions(
        threads=models.threads or None,
        device=Device(models.device),
        precision=Precision(models.precision),
        folder=settings.models_folder(),
    )


def _limit(settings: Settings) -> Limit:
    return Limit(contents=settings.models.batch, tokens=settings.models.batch_tokens)


def _check_task(name: str, task: Task, *, variable: str) -> registry.Known:
    try:
        return registry.check_task(name, task)
    except ModelError as error:
        raise SettingsError(f"{variable}: {error}; see `margay models list`") from error


def _modalities(names: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """What the cards say of the models, none for one without a card."""
    found = {}
    for name in names:
        variables = "MARGAY_MODELS__DEFAULT_EMBEDDER or MARGAY_MODELS__EMBEDDERS"
        card = _check_task(name, Task.EMBED, variable=variables).card
        modalities = () if card is None else card.modalities
        found[name] = frozenset(each.value for each in modalities)
    return found


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
