"""The port to the database: a unit of work that commits at its end and sends tasks after."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from services.core.ports.analytics import AnalyticsStore, LearningStore
from services.core.ports.configurations import ConfigurationStore
from services.core.ports.evaluations import EvaluationStore
from services.core.ports.experiments import ExperimentStore
from services.core.ports.exposures import ExposureStore
from services.core.ports.facets import FacetStore
from services.core.ports.figures import FigureStore
from services.core.ports.ledger import JobStore, QueueStore
from services.core.ports.populations import PopulationStore
from services.core.ports.query_sets import QuerySetStore
from services.core.ports.searches import EventStore, SearchStore
from services.core.ports.stores import (
    DocumentStore,
    IdempotencyStore,
    IndexStore,
    KeyStore,
    MediaCatalog,
    TornWrites,
)


class UnitOfWork(Protocol):
    """The stores of one transaction."""

    @property
    def indexes(self) -> IndexStore: ...
    @property
    def documents(self) -> DocumentStore: ...
    @property
    def torn(self) -> TornWrites: ...
    @property
    def facets(self) -> FacetStore: ...
    @property
    def figures(self) -> FigureStore: ...
    @property
    def jobs(self) -> JobStore: ...
    @property
    def queues(self) -> QueueStore: ...
    @property
    def media(self) -> MediaCatalog: ...
    @property
    def keys(self) -> KeyStore: ...
    @property
    def idempotency(self) -> IdempotencyStore: ...
    @property
    def searches(self) -> SearchStore: ...
    @property
    def events(self) -> EventStore: ...
    @property
    def analytics(self) -> AnalyticsStore: ...
    @property
    def learning(self) -> LearningStore: ...
    @property
    def configurations(self) -> ConfigurationStore: ...
    @property
    def query_sets(self) -> QuerySetStore: ...
    @property
    def evaluations(self) -> EvaluationStore: ...
    @property
    def experiments(self) -> ExperimentStore: ...
    @property
    def exposures(self) -> ExposureStore: ...
    @property
    def populations(self) -> PopulationStore: ...

    def enqueue(self, task: str, /, *, delay_s: float = 0.0, **ids: str) -> None:
        """Send a task once the transaction has committed; forget it on rollback.

        It runs no sooner than in `delay_s` seconds.
        """


class Database(Protocol):
    def work(self) -> AbstractContextManager[UnitOfWork]:
        """Open a writing transaction: commits on leaving, rolls back on any exception."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a reading transaction; writing through it is an error."""

    def instance_secret(self) -> bytes:
        """32 random bytes, made once per installation."""

    def check(self) -> None:
        """Raise Unavailable unless it answers now."""

    def close(self) -> None:
        """Release its connections."""
