"""A hub on this machine, fresh for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.models.hub_server import Hub, hub_server
from tests.models.pulling import FILES, REPOSITORY


@pytest.fixture(scope="session")
def hub_process() -> Iterator[Hub]:
    with hub_server() as hub:
        yield hub


@pytest.fixture
def hub(hub_process: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    fresh = Hub(url=hub_process.url)
    vars(hub_process).update(vars(fresh))
    hub_process.add(REPOSITORY, dict(FILES))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return hub_process
