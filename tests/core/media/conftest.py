"""A running web server for the tests of the fetcher."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.core.media.site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running
