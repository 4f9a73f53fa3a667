"""The last minutes over HTTP: this process's own requests, searches and queues."""

import os

from fastapi.testclient import TestClient

from tests.gateway.test_search import search


def test_searches_and_queues_of_the_last_minutes_are_told(client: TestClient, shop: str) -> None:
    before = client.get("/v1/statistics").json()
    search(client, shop, text="mug")
    client.post(f"/v1/indexes/{shop}/search", json={"text": ""})
    found = client.get("/v1/statistics", params={"minutes": 10}).json()
    assert (found["pid"], found["step_s"]) == (os.getpid(), 5)
    assert found["searches"] >= 1
    assert found["searches"] <= found["requests"]
    assert before["moments"][-1]["at"] <= found["moments"][-1]["at"]
    latency = found["latency"]
    assert 0 < latency["p50_ms"] <= latency["p95_ms"] <= latency["p99_ms"]
    assert found["moments"][-1]["queues"] == {"ingest": 0, "embed.index": 0}
    assert sum(each["searches"] for each in found["moments"]) == found["searches"]


def test_how_far_to_look_back_is_bounded(client: TestClient) -> None:
    assert len(client.get("/v1/statistics", params={"minutes": 1}).json()["moments"]) <= 12
    for minutes in (0, 11, "x"):
        answer = client.get("/v1/statistics", params={"minutes": minutes})
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == ["minutes"]
