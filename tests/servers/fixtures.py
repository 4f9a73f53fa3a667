"""What a conftest imports to have real servers: one of each kind for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.core.db.engines import open_engines
from services.core.db.migrations.run import migrate
from tests.servers import milvus, postgres, redis, s3


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Redis that all tests of the run share; what a test writes, it names its own."""
    with redis.serving() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """The URL of a PostgreSQL that all tests of the run share; `postgres_url` gives databases."""
    with postgres.serving() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """The URL of an empty database of the test's own."""
    with postgres.fresh(postgres_server_url) as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server_url: str) -> Iterator[str]:
    """The name of a migrated database: copying it takes a fraction of what migrating does."""
    with postgres.fresh(postgres_server_url) as url:
        engines = open_engines(url)
        migrate(engines.migrator)
        engines.dispose()
        yield url.rpartition("/")[2]


@pytest.fixture
def migrated_postgres_url(postgres_server_url: str, postgres_template: str) -> Iterator[str]:
    """The URL of a database of the test's own that has this version's empty tables."""
    with postgres.fresh(postgres_server_url, template=postgres_template) as url:
        yield url


@pytest.fixture(scope="session")
def milvus_url() -> Iterator[str]:
    """The URL of a Milvus that all tests of the run share; each names indexes of its own."""
    with milvus.serving() as url:
        yield url


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The URL of an S3 server that all tests of the run share; each makes a bucket of its own."""
    with s3.serving() as url:
        yield url
