"""PostgreSQL does what every database must do, whatever its locale."""

from __future__ import annotations

import pytest

from tests.core.db.test_contract import (
    TestAnalyticsStore,
    TestConfigurationStore,
    TestDocumentStore,
    TestEvaluationStore,
    TestEventStore,
    TestExperimentStore,
    TestExposureStore,
    TestFacetStore,
    TestIdempotencyStore,
    TestIndexStore,
    TestJobStore,
    TestKeyStore,
    TestLearningStore,
    TestMediaCatalog,
    TestPopulationStore,
    TestQuerySetStore,
    TestSearchStore,
    TestTornWrites,
    TestUnitOfWork,
)

__all__ = [
    "TestAnalyticsStore",
    "TestConfigurationStore",
    "TestDocumentStore",
    "TestEvaluationStore",
    "TestEventStore",
    "TestExperimentStore",
    "TestExposureStore",
    "TestFacetStore",
    "TestIdempotencyStore",
    "TestIndexStore",
    "TestJobStore",
    "TestKeyStore",
    "TestLearningStore",
    "TestMediaCatalog",
    "TestPopulationStore",
    "TestQuerySetStore",
    "TestSearchStore",
    "TestTornWrites",
    "TestUnitOfWork",
]
pytestmark = pytest.mark.stack


@pytest.fixture
def url(migrated_postgres_url: str) -> str:
    return migrated_postgres_url
