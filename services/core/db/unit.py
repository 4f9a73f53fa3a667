"""A unit of work: the stores of one transaction, and the tasks to send after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from services.core.db.analytics import SqlAnalytics
from services.core.db.configurations import SqlConfigurations
from services.core.db.documents import SqlDocuments
from services.core.db.evaluations import SqlEvaluations
from services.core.db.events import SqlEvents
from services.core.db.experiments import SqlExperiments
from services.core.db.exposures import SqlExposures
from services.core.db.facets import SqlFacets
from services.core.db.figures import SqlFigures
from services.core.db.idempotency import SqlIdempotency
from services.core.db.indexes import SqlIndexes
from services.core.db.jobs import SqlJobs
from services.core.db.keys import SqlKeys
from services.core.db.learning import SqlLearning
from services.core.db.media import SqlMedia
from services.core.db.populations import SqlPopulations
from services.core.db.query_sets import SqlQuerySets
from services.core.db.queues import SqlQueues
from services.core.db.searches import SqlSearches
from services.core.db.torn import SqlTornWrites


@dataclass(frozen=True, slots=True)
class Message:
    """A task that waits for the commit."""

    task: str
    ids: Mapping[str, str]
    delay_s: float


class SqlUnitOfWork:
    """`ports.work.UnitOfWork` on a connection; whoever opened it commits and sends."""

    def __init__(self, connection: Connection, *, writing: bool) -> None:
        self.indexes = SqlIndexes(connection)
        self.documents = SqlDocuments(connection)
        self.torn = SqlTornWrites(connection)
        self.facets = SqlFacets(connection)
        self.figures = SqlFigures(connection)
        self.jobs = SqlJobs(connection)
        self.queues = SqlQueues(connection)
        self.media = SqlMedia(connection)
        self.keys = SqlKeys(connection)
        self.idempotency = SqlIdempotency(connection)
        self.configurations = SqlConfigurations(connection)
        self.query_sets = SqlQuerySets(connection)
        self.evaluations = SqlEvaluations(connection)
        self.searches = SqlSearches(connection)
        self.events = SqlEvents(connection)
        self.analytics = SqlAnalytics(connection)
        self.learning = SqlLearning(connection)
        self.experiments = SqlExperiments(connection)
        self.exposures = SqlExposures(connection)
        self.populations = SqlPopulations(connection)
        self.messages: list[Message] = []
        self._writing = writing

    def enqueue(self, task: str, /, *, delay_s: float = 0.0, **ids: str) -> None:
        if not self._writing:
            raise RuntimeError("a reading unit of work sends no tasks")
        self.messages.append(Message(task, ids, delay_s))
