"""Evaluations over HTTP: asked for, measured, read as JSON and as a page, cancelled, refused."""

from __future__ import annotations

import base64
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.core.types.configurations import Configuration
from services.core.types.evaluations import EvaluationRequest
from services.wiring import Runtime
from tests.gateway.conftest import COLOURS, picture


def queries() -> list[dict[str, Any]]:
    """For each colour one of words, one with a picture, one with both; and one in other words."""
    made: list[dict[str, Any]] = []
    for colour in COLOURS:
        image = "data:image/png;base64," + base64.b64encode(picture(colour, size=(70, 70))).decode()
        right = {f"{colour}-mug": 2, f"{colour}-lamp": 1}
        made += [
            {"id": f"t-{colour}", "text": f"a {colour} mug", "grades": right, "category": "words"},
            {"id": f"i-{colour}", "image": image, "grades": right},
            {"id": f"c-{colour}", "text": "a lamp", "image": image, "grades": right},
        ]
    again = {"id": "p-red", "text": "red mugs", "paraphrase_of": "t-red", "grades": {"red-mug": 2}}
    wrong = {"id": "w", "text": "a blue lamp", "grades": {"blue-lamp": 1, "red-lamp": 0}}
    return [*made, again, wrong]


@pytest.fixture
def asked(client: TestClient, shop: str) -> Iterator[str]:
    """A query set of the shop, and a configuration to compare."""
    body = {"index": shop, "queries": queries()}
    assert client.put("/v1/query-sets/colours", json=body).status_code == 201
    words = {"hybrid": {"lexical": 0.5}}
    assert client.put("/v1/configurations/words", json=words).status_code == 201
    yield "colours"
    for each in client.get("/v1/evaluations").json()["items"]:
        client.post(f"/v1/evaluations/{each['id']}/cancel")
        client.delete(f"/v1/evaluations/{each['id']}")
    client.delete("/v1/query-sets/colours")
    client.delete("/v1/configurations/words")


def ended(client: TestClient, evaluation_id: str, *, within_s: float = 60) -> dict[str, Any]:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        found: dict[str, Any] = client.get(f"/v1/evaluations/{evaluation_id}").json()
        if found["finished_at"] is not None:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not finished: {found}")


@pytest.mark.parametrize(
    ("module", "package"), [("ir_measures", "ir-measures"), ("scipy.stats", "scipy")]
)
def test_what_cannot_be_measured_here_is_refused_at_once(
    client: TestClient, asked: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    body = {"query_set": asked, "configurations": ["default"]}
    refused = client.post("/v1/evaluations", json=body)
    assert refused.status_code == 409, refused.text
    assert f"needs {package}," in refused.json()["detail"]
    assert "scripts/venv.sh evaluate" in refused.json()["detail"]
    assert client.get("/v1/evaluations").json()["items"] == []


def test_configurations_are_compared(client: TestClient, asked: str) -> None:
    body = {
        "query_set": asked,
        "configurations": ["default", "words"],
        "recall": True,
        "sizes": True,
        "tune_hybrid": True,
        "price_per_hour": 1.5,
    }
    accepted = client.post("/v1/evaluations", json=body)
    assert accepted.status_code == 202, accepted.text
    assert accepted.headers["location"] == f"/v1/evaluations/{accepted.json()['id']}"
    found = ended(client, accepted.json()["id"])
    assert found["state"] == "succeeded", found["error"]
    assert found["done"] == found["total"]
    report = found["report"]
    assert [each["name"] for each in report["measured"]] == ["default", "words"]
    assert report["kinds"] == {"text": 8, "image": 6, "composed": 6}
    ndcg = report["measured"][0]["slices"][0]["measures"]["ndcg@10"]
    assert ndcg["low"] <= ndcg["mean"] <= ndcg["high"]
    assert report["measured"][0]["cost"]["per_thousand"] > 0
    assert {point["dimensions"] for point in report["sizes"]} == {256, 128, 64}
    assert report["recall"][-1]["recall"]["mean"] == 1.0
    assert report["weights"][0]["parameter"] == "hybrid.lexical"
    assert report["indexes"]["shop"]["embedder"] == "pocket"
    page = client.get(f"/v1/evaluations/{found['id']}/report.html")
    assert page.headers["content-type"].startswith("text/html")
    assert "script" not in page.headers["content-security-policy"]
    assert "data:image/" in page.text


def test_an_evaluation_is_listed_and_deleted(client: TestClient, asked: str) -> None:
    made = client.post("/v1/evaluations", json={"query_set": asked}).json()
    assert [each["name"] for each in made["configurations"]] == ["default"]
    ended(client, made["id"])
    listed = client.get("/v1/evaluations", params={"state": "succeeded"}).json()["items"]
    assert made["id"] in {each["id"] for each in listed}
    assert client.post(f"/v1/evaluations/{made['id']}/cancel").status_code == 409
    assert client.delete(f"/v1/evaluations/{made['id']}").status_code == 204
    assert client.get(f"/v1/evaluations/{made['id']}").status_code == 404


def test_the_same_request_sent_again_is_one_evaluation(client: TestClient, asked: str) -> None:
    headers = {"Idempotency-Key": "evaluate-once"}
    first = client.post("/v1/evaluations", json={"query_set": asked}, headers=headers)
    again = client.post("/v1/evaluations", json={"query_set": asked}, headers=headers)
    assert again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    other = {"query_set": asked, "depth": 20}
    assert client.post("/v1/evaluations", json=other, headers=headers).status_code == 409


def test_a_set_that_is_asked_stays_as_it_is(
    client: TestClient, asked: str, runtime: Runtime
) -> None:
    """The evaluation is only in the ledger: nobody was told to measure it."""
    made = _unmeasured(runtime, asked)
    body = {"index": "shop", "queries": []}
    for answer in (
        client.put(f"/v1/query-sets/{asked}", json=body),
        client.delete(f"/v1/query-sets/{asked}"),
        client.delete(f"/v1/evaluations/{made}"),
        client.get(f"/v1/evaluations/{made}/report.html"),
    ):
        assert answer.status_code == 409, answer.text
        assert made in answer.json()["detail"]
    cancelled = client.post(f"/v1/evaluations/{made}/cancel").json()
    assert (cancelled["state"], cancelled["error"]) == ("cancelled", None)
    assert client.put(f"/v1/query-sets/{asked}", json=body).status_code == 200


def _unmeasured(runtime: Runtime, query_set: str) -> str:
    """One that is put off for a day."""
    later = runtime.ports.clock() + timedelta(days=1)
    request = EvaluationRequest(query_set, "shop", (Configuration("default"),))
    name = "eval_" + "0" * 27 + "1"
    with runtime.ports.database.work() as work:
        work.evaluations.add(name, request, total=9, now=later)
    return name


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"query_set": "nowhere"}, 404, None),
        ({"query_set": "colours", "configurations": ["nowhere"]}, 422, "configurations[0]"),
        ({"query_set": "colours", "configurations": ["words", "words"]}, 422, "configurations[1]"),
        ({"query_set": "colours", "configurations": []}, 422, "configurations"),
        ({"query_set": "colours", "depth": 5}, 422, "depth"),
        ({"query_set": "colours", "index": "shop"}, 422, "index"),
    ],
)
def test_what_cannot_be_measured_is_refused(
    client: TestClient, asked: str, body: dict[str, Any], status: int, field: str | None
) -> None:
    answer = client.post("/v1/evaluations", json=body)
    assert answer.status_code == status, answer.text
    if field is not None:
        assert field in [error["field"] for error in answer.json()["errors"]]


def test_a_set_without_answers_is_refused(client: TestClient, asked: str) -> None:
    body = {"index": "shop", "queries": [{"id": "a", "text": "x", "grades": {"red-mug": 0}}]}
    client.put(f"/v1/query-sets/{asked}", json=body).raise_for_status()
    answer = client.post("/v1/evaluations", json={"query_set": asked})
    assert answer.json()["errors"][0]["field"] == "query_set"
