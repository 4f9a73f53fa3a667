"""SQLite does what every database must do."""

from __future__ import annotations

from tests.contract.analytics import AnalyticsStoreContract, LearningStoreContract
from tests.contract.configurations import ConfigurationStoreContract
from tests.contract.database import (
    IdempotencyStoreContract,
    IndexStoreContract,
    KeyStoreContract,
    MediaCatalogContract,
    UnitOfWorkContract,
)
from tests.contract.evaluations import EvaluationStoreContract
from tests.contract.experiments import ExperimentStoreContract
from tests.contract.exposures import ExposureStoreContract
from tests.contract.facets import FacetStoreContract
from tests.contract.ledger import JobStoreContract
from tests.contract.populations import PopulationStoreContract
from tests.contract.query_sets import QuerySetStoreContract
from tests.contract.searches import EventStoreContract, SearchStoreContract
from tests.contract.stored_documents import DocumentStoreContract
from tests.contract.torn_writes import TornWritesContract


class TestUnitOfWork(UnitOfWorkContract):
    pass


class TestIndexStore(IndexStoreContract):
    pass


class TestDocumentStore(DocumentStoreContract):
    pass


class TestFacetStore(FacetStoreContract):
    pass


class TestJobStore(JobStoreContract):
    pass


class TestMediaCatalog(MediaCatalogContract):
    pass


class TestKeyStore(KeyStoreContract):
    pass


class TestIdempotencyStore(IdempotencyStoreContract):
    pass


class TestPopulationStore(PopulationStoreContract):
    pass


class TestTornWrites(TornWritesContract):
    pass


class TestConfigurationStore(ConfigurationStoreContract):
    pass


class TestSearchStore(SearchStoreContract):
    pass


class TestEventStore(EventStoreContract):
    pass


class TestQuerySetStore(QuerySetStoreContract):
    pass


class TestExperimentStore(ExperimentStoreContract):
    pass


class TestEvaluationStore(EvaluationStoreContract):
    pass


class TestAnalyticsStore(AnalyticsStoreContract):
    pass


class TestLearningStore(LearningStoreContract):
    pass


class TestExposureStore(ExposureStoreContract):
    pass
