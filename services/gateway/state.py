"""What the gateway needs from an opened installation, and what it keeps while it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from starlette.requests import HTTPConnection

from services.core.ports import Ports, Queue, SearchWatcher, Workforce
from services.core.settings import Settings
from services.core.telemetry import Metrics
from services.core.types.models import Models
from services.gateway.open_door import OpenDoor
from services.gateway.rate_limit import RateLimiter
from services.gateway.readiness import Readiness
from services.gateway.running import Running
from services.gateway.search_log import SearchLog
from services.gateway.seats import Seats
from services.search.rerank.rerankers import Rerankers
from services.search.understanding.vocabularies import Vocabularies


class Runtime(Protocol):
    """An opened installation (see services/wiring.py)."""

    @property
    def settings(self) -> Settings: ...
    @property
    def ports(self) -> Ports: ...
    @property
    def queue(self) -> Queue: ...
    @property
    def rerankers(self) -> Rerankers: ...
    @property
    def vocabularies(self) -> Vocabularies: ...
    @property
    def metrics(self) -> Metrics: ...
    @property
    def models(self) -> Callable[[], Models]:
        """How the models do now."""

    @property
    def checks(self) -> Mapping[str, Callable[[], None]]:
        """What else must answer for the gateway to be ready; each raises MargayError."""

    @property
    def workforce(self) -> Workforce | None: ...
    @property
    def watcher(self) -> SearchWatcher | None: ...
    @property
    def close(self) -> Callable[[], None]: ...


@dataclass(frozen=True, slots=True)
class Gateway:
    """One application's state: the runtime and the counters that live beside it."""

    runtime: Runtime
    limiter: RateLimiter
    listeners: Seats
    door: OpenDoor
    readiness: Readiness
    search_log: SearchLog
    running: Running


def gateway_of(connection: HTTPConnection) -> Gateway:
    """Return the state of the application that serves this request."""
    return cast("Gateway", connection.app.state.gateway)
