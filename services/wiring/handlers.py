"""What runs for each task, put together of flows that do not know each other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Final

from services.core.errors import MargayError
from services.core.ports import Ports
from services.core.queue import names
from services.ingest import pipeline
from services.insight import query_sets, recall_probe
from services.insight.evaluation import accepting, runner
from services.insight.events import learning, retention
from services.insight.experiments import reporting
from services.insight.watch import looking, quality
from services.search.rerank.rerankers import Rerankers
from services.wiring.judged_search import SearchOfJudged

logger: Final = logging.getLogger(__name__)
_SWEEP: Final = "sweep"
"""The lock of who sweeps."""
_PARTS: Final[tuple[Callable[[Ports], object], ...]] = (
    pipeline.sweep_up,
    query_sets.sweep,
    recall_probe.run,
    retention.run,
    learning.send_due,
    looking.run,
    quality.send_due,
    reporting.send_due,
)


def handlers(ports: Ports, *, rerankers: Rerankers | None = None) -> dict[str, Callable[..., None]]:
    """Every task of the queues, called with its ids as keywords.

    `rerankers` are those of the judged searches; without them none has a vision model.
    """
    search = SearchOfJudged.over(ports, rerankers or Rerankers(vision=None))
    return {
        **pipeline.handlers(ports),
        names.SWEEP: partial(_keep_up, ports),
        names.DUE: partial(_send_due, ports),
        names.INSIGHT_EVALUATE: partial(runner.run, ports, search),
        names.INSIGHT_REPORT: partial(reporting.run, ports, search),
        names.INSIGHT_PROBE: partial(quality.run, ports, search),
        names.INSIGHT_LEARN: partial(learning.run, ports),
    }


def _send_due(ports: Ports) -> None:
    pipeline.send_due(ports)
    accepting.send_due(ports)


def _keep_up(ports: Ports) -> None:
    # Beat sends it at its times however long one takes: in the end every process would sweep,
    # and none would prepare anything or look for what is due.
    with ports.locks.trying(_SWEEP) as mine:
        if mine:
            for part in _PARTS:
                _as_far_as_may_be(part, ports)


def _as_far_as_may_be(part: Callable[[Ports], object], ports: Ports) -> None:
    """What is away may be needed by one part alone: the others get their turn."""
    try:
        part(ports)
    except MargayError as error:
        logger.warning("sweep.put_off: %s: %s", part.__module__, error)
