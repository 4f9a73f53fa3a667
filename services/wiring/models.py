"""The models of this process, as the settings say."""

from __future__ import annotations

from models import registry
from models.base import ModelError
from models.card import Task
from models.options import Device, LoadOptions, Precision
from services.core.errors import SettingsError
from services.core.settings import Settings
from services.core.telemetry import Metrics
from services.core.vision.chat_server import ChatServer
from services.embedder.lane import Limit
from services.embedder.metrics import show_embedder
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scheduler import Scheduling
from services.embedder.scorer_runtime import ScorerRuntime
from services.embedder.turns import Turns
from services.search.rerank.rerankers import Rerankers


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
