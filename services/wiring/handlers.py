"""What runs for each task, put together of flows that do not know each other."""

from __future__ import annotations

from collections.abc import Callable

from services.core.ports import Ports
from services.ingest import pipeline


def handlers(ports: Ports) -> dict[str, Callable[..., None]]:
    """Every task of the queues, called with its ids as keywords."""
    return pipeline.handlers(ports)
