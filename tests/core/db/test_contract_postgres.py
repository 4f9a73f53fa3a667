"""PostgreSQL does what every database must do, whatever its locale."""

from __future__ import annotations

import pytest

from tests.contract.database import (
    IdempotencyStoreContract,
    IndexStoreContract,
    KeyStoreContract,
    MediaCatalogContract,
    UnitOfWorkContract,
)
from tests.contract.facets import FacetStoreContract
from tests.contract.ledger import JobStoreContract
from tests.contract.stored_documents import DocumentStoreContract
from tests.contract.torn_writes import TornWritesContract

pytestmark = pytest.mark.stack


@pytest.fixture
def url(migrated_postgres_url: str) -> str:
    return migrated_postgres_url


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


class TestTornWrites(TornWritesContract):
    pass
