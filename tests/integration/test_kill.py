"""`kill -9` at any moment loses no acknowledged document and shows none twice."""

from __future__ import annotations

import base64
import io
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.integration.server_process import ServerProcess

BATCHES = 12
PER_BATCH = 20
KILLS = 5


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path) as process:
        yield process


def picture(seed: int) -> str:
    rng = random.Random(seed)
    image = Image.new("RGB", (96, 96), tuple(rng.randrange(256) for _ in range(3)))
    image.paste(tuple(rng.randrange(256) for _ in range(3)), (20, 20, 70, 60))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def document(number: int) -> dict[str, Any]:
    return {
        "id": f"doc-{number:04}",
        "title": f"Product number {number}",
        "description": "A thing of the kill test.",
        "images": [picture(number)],
        "attributes": {"number": number},
    }


class Sender:
    """Sends batches until all are acknowledged, through whatever happens to the server."""

    def __init__(self, server: ServerProcess) -> None:
        self._server = server
        self.jobs: list[str] = []
        self.thread = threading.Thread(target=self._send_all)

    def _send_all(self) -> None:
        for batch in range(BATCHES):
            documents = [document(batch * PER_BATCH + place) for place in range(PER_BATCH)]
            while True:
                try:
                    answer = self._server.client.post("/v1/indexes/kill/documents", json=documents)
                except httpx.TransportError:
                    time.sleep(0.1)  # not acknowledged: send it again
                    continue
                assert answer.status_code == 202, answer.text
                self.jobs.append(answer.json()["id"])
                break


def everything_found(server: ServerProcess) -> list[str]:
    """Page through a search that every document answers."""
    found: list[str] = []
    request: dict[str, Any] = {"text": "product", "limit": 100}
    while True:
        answer = server.client.post("/v1/indexes/kill/search", json=request)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [hit["id"] for hit in page["hits"]]
        if page["next_cursor"] is None:
            return found
        request["cursor"] = page["next_cursor"]


def wait_for_work(server: ServerProcess) -> None:
    """Return when something acknowledged is not yet done: the moment in which a kill hurts."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        jobs = server.client.get("/v1/jobs").json()["items"]
        if any(job["finished_at"] is None for job in jobs):
            return
        time.sleep(0.01)
    raise AssertionError("nothing was in work: the kills would prove nothing")


@pytest.mark.slow
def test_no_acknowledged_document_is_lost_or_doubled_by_kill_9(server: ServerProcess) -> None:
    created = server.client.put("/v1/indexes/kill", json={"attributes": {"number": "integer"}})
    assert created.status_code == 201, created.text
    sender = Sender(server)
    sender.thread.start()
    rng = random.Random(11)
    for _ in range(KILLS):
        wait_for_work(server)
        time.sleep(rng.uniform(0.0, 0.3))
        server.kill()
        server.start()
    sender.thread.join(timeout=120)
    assert not sender.thread.is_alive()
    assert len(sender.jobs) == BATCHES

    for job_id in sender.jobs:
        job = server.wait_for_job(job_id)
        assert job["state"] == "succeeded", job

    expected = {f"doc-{number:04}" for number in range(BATCHES * PER_BATCH)}
    found = everything_found(server)
    assert len(found) == len(set(found)), "a document was shown twice"
    assert set(found) == expected
    stats = server.client.get("/v1/indexes/kill/stats").json()
    assert stats["documents"] == len(expected)
    views = {modality: rows for modality, rows in stats["views"].items() if rows}
    assert views == {"text": 240, "image": 240, "combined": 240}
    assert server.client.get("/v1/indexes/kill/verify").json()["consistent"] is True
    filtered = server.client.post(
        "/v1/indexes/kill/search", json={"text": "product", "filter": {"number": 137}}
    ).json()
    assert [hit["id"] for hit in filtered["hits"]] == ["doc-0137"]
