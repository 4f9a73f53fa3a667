"""What runs for each task, put together of flows that do not know each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from services.core.ports import Ports
from services.core.queue import names
from services.ingest import pipeline
from services.insight import recall_probe

_SWEEP: Final = "sweep"
"""The lock of who sweeps."""


def handlers(ports: Ports) -> dict[str, Callable[..., None]]:
    """Every task of the queues, called with its ids as keywords."""
    return {**pipeline.handlers(ports), names.SWEEP: partial(_keep_up, ports)}


def _keep_up(ports: Ports) -> None:
    # Beat sends it at its times however long one takes: in the end every process would sweep,
    # and none would prepare anything or look for what is due.
    with ports.locks.trying(_SWEEP) as mine:
        if mine:
            pipeline.sweep_up(ports)
            recall_probe.run(ports)
