"""A Celery worker as a part of our process: no banner, no logging, no signals of its own."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any, Final

from celery import Celery, signals
from celery.apps.worker import Worker
from celery.worker import state

from services.core import telemetry
from services.worker.roles import Role

FOREIGN: Final = ("celery", "kombu", "multiprocessing")


class Process(Worker):  # type: ignore[misc]  # Celery has no types
    """Consumes until it is asked to end; what it runs was registered with the application."""

    def install_platform_tweaks(self, worker: object) -> None:
        """Leave the signals to `services.worker.ending`."""

    def set_process_status(self, info: str) -> None:
        """Keep the command line as it was started: `ps` and people look for it."""


def make_process(app: Celery, role: Role, *, hands: int, on_ready: Callable[[], None]) -> Process:
    """Make the worker; `on_ready` is called once, when it takes messages."""
    return Process(
        app=app,
        hostname=f"{role.name}@{socket.gethostname()}",
        pool=role.pool,
        concurrency=hands,
        queues=list(role.queues),
        optimization="fair",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
        ready_callback=lambda _consumer: on_ready(),
    )


def consume(process: Process) -> int:
    """Run until asked to end and what was in hand is finished; the exit code."""
    process.start()
    return int(process.exitcode or 0)


def ask_to_end() -> None:
    """Make the worker of this process take nothing more; for a signal's handler."""
    state.should_stop = 0


def configure_logging() -> None:
    """Write our events and Celery's warnings as lines of JSON, and keep Celery from its own way."""
    telemetry.configure_logging()
    handlers = logging.getLogger("services").handlers
    for name in FOREIGN:
        foreign = logging.getLogger(name)
        foreign.handlers = list(handlers)
        foreign.setLevel(logging.WARNING)
        foreign.propagate = False
    signals.setup_logging.connect(_configured, weak=False)


def _configured(**_: Any) -> None:
    """Celery sets up no logging where somebody listens to this signal."""
