"""How the models do: asked of this process where it has them, else read off the broker."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.core.embedding import descriptions
from services.core.embedding.broker import Broker
from services.core.embedding.reading import Broken
from services.core.errors import Unavailable
from services.core.types.models import ModelKind, Models, ModelState, Owner, Source
from services.core.types.rerank import ScorerInfo
from services.core.types.vectors import EmbedderInfo
from services.core.types.work import Roster
from services.embedder.durations import Durations, ModelStats
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scorer_runtime import ScorerRuntime, ScorerStats

_NOBODY = Roster(frozenset(), {}, {})


def of_process(embedder: EmbedderRuntime, scorer: ScorerRuntime) -> Models:
    """What both runtimes know of their models; none is loaded for it."""
    embedders = [_embedder(stats, embedder) for stats in embedder.stats()]
    scorers = [_scorer(stats) for stats in scorer.stats()]
    return Models(Source.PROCESS, (*embedders, *scorers))


def of_roster(
    broker: Broker,
    *,
    embedders: Sequence[str],
    scorers: Sequence[str],
    owners: Callable[[], Sequence[Owner]] = tuple,
) -> Models:
    """What workers wrote of theirs, and each of them with its last heartbeat."""
    try:
        roster = broker.roster()
    except Unavailable:
        roster = _NOBODY
    found = [
        *(_written(name, ModelKind.EMBEDDER, roster) for name in embedders),
        *(_written(name, ModelKind.CROSS_ENCODER, roster) for name in scorers),
    ]
    try:
        alive = tuple(owners())
    except Unavailable:
        alive = ()
    return Models(Source.ROSTER, tuple(found), alive)


def _embedder(stats: ModelStats, runtime: EmbedderRuntime) -> ModelState:
    info, failure = runtime.known(stats.name)
    return ModelState(
        name=stats.name,
        kind=ModelKind.EMBEDDER,
        loaded=stats.loaded,
        failure=failure,
        modalities=None if info is None else info.modalities,
        dimensions=None if info is None else info.dimensions,
        memory_bytes=stats.memory_bytes,
        waiting_queries=stats.waiting_queries,
        waiting_ingestion=stats.waiting_ingestion,
        calls=stats.calls,
        contents=stats.contents,
        batches=stats.batches,
        batch_contents=stats.batch_contents if stats.batches else None,
        steps_ms={} if stats.durations is None else _steps_ms(stats.durations),
    )


def _steps_ms(durations: Durations) -> dict[str, float]:
    steps_s = {
        "wait": durations.wait_s,
        "preprocess": durations.preprocess_s,
        "forward": durations.forward_s,
        "postprocess": durations.postprocess_s,
    }
    return {step: round(seconds * 1000, 3) for step, seconds in steps_s.items()}


def _scorer(stats: ScorerStats) -> ModelState:
    median_s = stats.call_s
    return ModelState(
        name=stats.name,
        kind=ModelKind.CROSS_ENCODER,
        loaded=stats.loaded,
        failure=stats.failure,
        modalities=None if stats.info is None else stats.info.modalities,
        memory_bytes=stats.memory_bytes,
        waiting_queries=stats.waiting,
        calls=stats.calls,
        contents=stats.candidates,
        steps_ms={} if median_s is None else {"call": round(median_s * 1000, 3)},
    )


def _written(name: str, kind: ModelKind, roster: Roster) -> ModelState:
    board = roster.embedders if kind is ModelKind.EMBEDDER else roster.scorers
    read: Callable[..., EmbedderInfo | ScorerInfo] = (
        descriptions.read_embedder if kind is ModelKind.EMBEDDER else descriptions.read_scorer
    )
    try:
        info = read(board[name], name=name) if name in board else None
    except Broken:
        info = None  # written by another version
    return ModelState(
        name=name,
        kind=kind,
        modalities=None if info is None else info.modalities,
        dimensions=info.dimensions if isinstance(info, EmbedderInfo) else None,
    )
