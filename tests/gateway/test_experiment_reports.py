"""From searches and clicks to the report of an experiment, through the whole installation."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.gateway.state import Gateway
from services.wiring import Runtime
from tests.gateway.test_search import search

PATH = "/v1/experiments"
CLIENTS = 40


@pytest.fixture(scope="module", autouse=True)
def saved(client: TestClient, shop: str) -> Iterator[str]:
    """A configuration that shows the same hits in another order, one that fails, and judgements."""
    pinned = {"rerank": [{"stage": "signals", "pin": ["white-lamp"]}]}
    client.put("/v1/configurations/pinned", json=pinned)
    client.put("/v1/indexes/fleeting", json={})
    client.put("/v1/configurations/lost", json={"index": "fleeting"})
    judged = [
        {"id": "q1", "text": "a red mug", "grades": {"red-mug": 2}},
        {"id": "q2", "text": "a blue lamp", "grades": {"blue-lamp": 2}},
    ]
    made = client.put("/v1/query-sets/judged", json={"index": shop, "queries": judged})
    assert made.status_code == 201, made.text
    yield shop
    client.delete("/v1/query-sets/judged")
    for name in ("pinned", "lost"):
        client.delete(f"/v1/configurations/{name}")


@pytest.fixture
def started(client: TestClient, shop: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """An experiment that runs, of the kind and with the configuration of the parameter."""
    kind, configuration, changes = request.param
    body = {
        "name": f"reported-{kind}",
        "index": shop,
        "kind": kind,
        "variants": [{"name": "control"}, {"name": "b", "configuration": configuration}],
    }
    assert client.post(PATH, json=body | changes).status_code == 201
    assert client.post(f"{PATH}/{body['name']}/start").status_code == 200
    yield str(body["name"])
    client.post(f"{PATH}/{body['name']}/stop")
    client.delete(f"{PATH}/{body['name']}")


def act(client: TestClient, found: dict[str, Any], who: str, *documents: str) -> None:
    events = [
        {"query_id": found["query_id"], "action_name": "click", "object_id": each, "client_id": who}
        for each in documents
    ]
    assert client.post("/v1/events", json={"events": events}).status_code == 200


def report(client: TestClient, name: str) -> dict[str, Any]:
    gateway: Gateway = client.app.state.gateway  # type: ignore[attr-defined]
    gateway.search_log.flush()
    before = client.post(f"{PATH}/{name}/report")
    assert before.status_code == 202
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = client.get(f"{PATH}/{name}/report")
        if (
            answer.status_code == 200
            and answer.json()["reported_at"] != before.json()["reported_at"]
        ):
            found: dict[str, Any] = answer.json()
            return found
        time.sleep(0.02)
    raise AssertionError(f"no report: {answer.text}")


@pytest.mark.parametrize(
    "started",
    [("ab", "pinned", {"query_set": "judged", "sample_size": 10, "analysis": "fixed"})],
    indirect=True,
)
def test_an_ab_test_counts_clients_and_tells_where_they_clicked(
    client: TestClient, shop: str, started: str
) -> None:
    seen: Counter[str] = Counter()
    clicked: Counter[str] = Counter()
    for number in range(CLIENTS):
        who = f"reporter-{number}"
        found = search(client, shop, text="a lamp", client_id=who, limit=12)
        variant = found["experiment"]["variant"]
        seen[variant] += 1
        if variant == "b" or number % 3 == 0:
            clicked[variant] += 1
            act(client, found, who, "white-lamp", "red-mug")
    told = report(client, started)
    assert told["error"] is None
    made = told["report"]
    assert {each["variant"]: (each["units"], each["hits"]) for each in made["variants"]} == {
        name: (seen[name], clicked[name]) for name in ("control", "b")
    }
    assert made["pages"] == [
        {"variant": name, "pages": seen[name], "failed": 0} for name in ("control", "b")
    ]
    compared = made["comparisons"][0]
    assert compared["variant"] == "b"
    assert compared["effect"]["treatment"] == 1.0
    assert compared["click_rate"]["treatment"] == 1.0
    rail = compared["guardrails"][0]
    assert rail["name"] == "ndcg_at_10"
    # The pinned lamp is first and the right answer, which was first, is second.
    assert rail["control"] == pytest.approx(1.0)
    assert rail["treatment"] == pytest.approx(0.631, abs=0.001)
    assert made["mismatch"]["seen"] == [seen["control"], seen["b"]]


@pytest.mark.parametrize("started", [("interleaving", "pinned", {})], indirect=True)
def test_an_interleaving_counts_queries_won(client: TestClient, shop: str, started: str) -> None:
    for number in range(CLIENTS):
        who = f"mixer-{number}"
        found = search(client, shop, text="a lamp", client_id=who, limit=4)
        assert found["experiment"]["variant"] is None
        if number % 2:
            act(client, found, who, "white-lamp")
    made = report(client, started)["report"]
    control, other = made["variants"]
    # Only `b` brings the pinned lamp to the first four.
    assert (control["hits"], other["hits"]) == (0, CLIENTS // 2)
    assert made["preference"] > 0
    assert made["pages"] == [{"variant": None, "pages": CLIENTS, "failed": 0}]


@pytest.mark.parametrize("started", [("ab", "lost", {"query_set": "judged"})], indirect=True)
def test_what_keeps_a_report_from_being_made_is_told_beside_the_last_one(
    client: TestClient, shop: str, started: str
) -> None:
    search(client, shop, text="a lamp", client_id="somebody")
    first = report(client, started)
    assert first["error"] is None
    client.delete("/v1/indexes/fleeting", params={"confirm": "fleeting"})
    told = report(client, started)
    assert told["error"]["code"] == "not_found"
    assert "fleeting" in told["error"]["detail"]
    assert told["report"] == first["report"]


@pytest.mark.parametrize("started", [("ab", "pinned", {})], indirect=True)
def test_a_running_experiment_is_reported_on_by_the_sweep(
    client: TestClient, runtime: Runtime, started: str
) -> None:
    runtime.queue.send("maintenance.sweep", {})
    deadline = time.monotonic() + 60
    while client.get(f"{PATH}/{started}/report").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
