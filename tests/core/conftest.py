"""Fixtures of a broker, where a test asks for one."""

from tests.core.embedding.fixtures import (  # noqa: F401 - found by name
    busy_url,
    exchange,
    pool,
    puppet,
    quiet_url,
)
from tests.servers.fixtures import redis_url  # noqa: F401 - found by name
