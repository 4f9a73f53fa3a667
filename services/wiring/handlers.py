"""What runs for each task, put together of flows that do not know each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from services.core.ports import Ports
from services.core.queue import names
from services.ingest import pipeline
from services.insight import recall_probe


def handlers(ports: Ports) -> dict[str, Callable[..., None]]:
    """Every task of the queues, called with its ids as keywords."""
    return {**pipeline.handlers(ports), names.SWEEP: partial(_keep_up, ports)}


def _keep_up(ports: Ports) -> None:
    pipeline.sweep_up(ports)
    recall_probe.run(ports)
