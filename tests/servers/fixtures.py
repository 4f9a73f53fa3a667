"""What a conftest imports to have real servers: one of each kind for the whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import redis


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The URL of a Redis that all tests of the run share; what a test writes, it names its own."""
    with redis.serving() as url:
        yield url
