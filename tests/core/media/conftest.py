"""A running web server for the tests of the fetcher."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.media.site import Site, serving
from tests.servers.fixtures import s3_url  # noqa: F401 - found by name


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running
