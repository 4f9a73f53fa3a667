"""What the flows need from the world, as protocols; adapters implement them, wiring picks them."""

from services.core.ports.analytics import AnalyticsStore, LearningStore
from services.core.ports.bundle import Ports
from services.core.ports.configurations import ConfigurationStore
from services.core.ports.embedding import EmbedderClient
from services.core.ports.evaluations import EvaluationStore
from services.core.ports.experiments import ExperimentStore
from services.core.ports.exposures import ExposureStore
from services.core.ports.facets import FacetStore
from services.core.ports.figures import FigureStore
from services.core.ports.index import VectorIndex
from services.core.ports.ledger import JobStore, QueueStore
from services.core.ports.media import MediaFetcher, MediaStore
from services.core.ports.populations import PopulationStore, SearchWatcher
from services.core.ports.query_sets import QuerySetStore
from services.core.ports.queue import IndexLocks, Queue, Workforce
from services.core.ports.reranking import Scorer
from services.core.ports.searches import EventStore, SearchStore
from services.core.ports.stores import (
    DocumentStore,
    IdempotencyStore,
    IndexStore,
    KeyStore,
    MediaCatalog,
)
from services.core.ports.work import Database, UnitOfWork

__all__ = [
    "AnalyticsStore",
    "ConfigurationStore",
    "Database",
    "DocumentStore",
    "EmbedderClient",
    "EvaluationStore",
    "EventStore",
    "ExperimentStore",
    "ExposureStore",
    "FacetStore",
    "FigureStore",
    "IdempotencyStore",
    "IndexLocks",
    "IndexStore",
    "JobStore",
    "KeyStore",
    "LearningStore",
    "MediaCatalog",
    "MediaFetcher",
    "MediaStore",
    "PopulationStore",
    "Ports",
    "QuerySetStore",
    "Queue",
    "QueueStore",
    "Scorer",
    "SearchStore",
    "SearchWatcher",
    "UnitOfWork",
    "VectorIndex",
    "Workforce",
]
