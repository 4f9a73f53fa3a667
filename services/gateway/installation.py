"""An installation as it is now, in Prometheus' terms: what waits, what failed, who works."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric

from services.core.queue import names
from services.core.types.figures import LedgerFigures, RecallProbe
from services.core.types.jobs import ItemState, JobState
from services.core.types.work import WorkerInfo

ROLES: Final = ("ingest", "embedder", "beat")
"""Who works in a stack; one of whom nobody is alive is shown as 0."""
_WAITS_IN: Final = {ItemState.QUEUED: names.INGEST, ItemState.PREPARED: names.EMBED_INDEX}


def ledger(figures: LedgerFigures, *, paused: Collection[str], now: datetime) -> Iterable[Metric]:
    """Jobs, items, the backlog of each queue and why items failed."""
    yield gauge(
        "margay_jobs",
        "Jobs by state.",
        ("state",),
        {(state,): figures.jobs.get(state, 0) for state in JobState},
    )
    yield gauge(
        "margay_items",
        "Items by state.",
        ("state",),
        {(state,): figures.items.get(state, 0) for state in ItemState},
    )
    backlog = {queue: figures.items.get(state, 0) for state, queue in _WAITS_IN.items()}
    backlog[names.EMBED_INDEX] += figures.rebuilding
    yield gauge(
        "margay_backlog",
        "Documents that a queue still has to work on, by the ledger.",
        ("queue",),
        {(queue,): number for queue, number in backlog.items()},
    )
    yield gauge(
        "margay_oldest_item_seconds",
        "How long the item waits that has waited longest for a queue; 0 when none does.",
        ("queue",),
        {
            (queue,): max(0.0, (now - figures.oldest.get(state, now)).total_seconds())
            for state, queue in _WAITS_IN.items()
        },
    )
    yield gauge(
        "margay_items_failed",
        "Items that are failed now, by reason; a retry takes them out again.",
        ("code",),
        {(code,): number for code, number in figures.failed.items()},
    )
    yield gauge(
        "margay_queue_paused",
        "1 while an operator has paused the queue.",
        ("queue",),
        {(queue,): int(queue in paused) for queue in names.PAUSABLE},
    )


def probes(found: Iterable[RecallProbe]) -> Iterable[Metric]:
    """What the last recall probe of every index has measured, and when."""
    recall: dict[tuple[str, ...], float] = {}
    times: dict[tuple[str, ...], float] = {}
    for probe in found:
        recall[probe.index, probe.reference] = probe.recall
        times[(probe.index,)] = probe.at.timestamp()
    yield gauge(
        "margay_recall_probe",
        "Part of the 10 nearest views that a search by vector finds, when last probed.",
        ("index", "reference"),
        recall,
    )
    yield gauge("margay_recall_probe_timestamp_seconds", "When it was probed.", ("index",), times)


def messages(waiting: Mapping[str, int | None]) -> Iterable[Metric]:
    """What waits in each queue of the broker; a queue of which it cannot be told is left out."""
    yield gauge(
        "margay_queue_messages",
        "Messages that wait in the broker; one stands for any number of documents of a job.",
        ("queue",),
        {(queue,): number for queue, number in waiting.items() if number is not None},
    )


def workers(alive: Iterable[WorkerInfo]) -> Iterable[Metric]:
    """How many processes of each role are alive."""
    numbers = Counter(worker.role for worker in alive)
    yield gauge(
        "margay_workers",
        "Worker processes that are alive.",
        ("role",),
        {(role,): numbers[role] for role in sorted({*ROLES, *numbers})},
    )


def answering(parts: Mapping[str, bool]) -> Iterable[Metric]:
    """Which parts answered while the figures were gathered."""
    yield gauge(
        "margay_part_up",
        "1 if the part answered this scrape.",
        ("part",),
        {(part,): int(up) for part, up in parts.items()},
    )


def gauge(
    name: str, about: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]
) -> Metric:
    family = GaugeMetricFamily(name, about, labels=labels)
    for key, value in values.items():
        family.add_metric([str(part) for part in key], value)
    return family
