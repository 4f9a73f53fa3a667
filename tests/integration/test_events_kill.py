"""Events that were acknowledged, and searches that were logged, survive the server's death."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.server_process import ServerProcess

LOGGED = re.compile(r"^margay_searches_logged_total ([0-9.]+)$", re.MULTILINE)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path / "server") as process:
        yield process


def logged(server: ServerProcess) -> float:
    found = LOGGED.search(server.client.get("/metrics").text)
    assert found is not None
    return float(found[1])


def test_what_was_acknowledged_counts_after_a_kill_and_once(server: ServerProcess) -> None:
    server.client.put("/v1/indexes/shop", json={}).raise_for_status()
    mugs = [{"id": f"mug-{number}", "title": "A mug"} for number in range(3)]
    job = server.client.post("/v1/indexes/shop/documents", json=mugs).json()
    server.wait_for_job(job["id"])
    page = server.client.post("/v1/indexes/shop/search", json={"text": "A mug"}).json()
    deadline = time.monotonic() + 60
    while logged(server) < 1:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    events = {
        "events": [
            {"query_id": page["query_id"], "action_name": action, "object_id": "mug-1"}
            for action in ("impression", "click", "purchase")
        ]
    }
    sent = server.client.post("/v1/events", json=events).json()
    server.kill()
    assert sent == {"received": 3, "added": 3}
    server.start()
    # The page did not hear the answer, say, and sends them again.
    assert server.client.post("/v1/events", json=events).json() == {"received": 3, "added": 0}
    (row,) = server.client.get("/v1/analytics/clicks", params={"index": "shop"}).json()["items"]
    assert (row["searches"], row["impressions"], row["clicks"], row["purchases"]) == (1, 1, 1, 1)
