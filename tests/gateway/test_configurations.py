"""Configurations over HTTP: saved, replaced, listed, refused and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

WHOLE: dict[str, Any] = {
    "target": "image",
    "hybrid": {"lexical": 0.3, "k": 20},
    "fusion": "mean",
    "weights": {"text": 0.4, "image": 0.6},
    "min_score": 0.2,
    "max_per": {"colour": 2},
    "understand": True,
    "rerank": [
        {
            "stage": "signals",
            "top": 9,
            "weights": {"margin": 1.0},
            "max_places": 2.0,
            "out_of_stock_last": True,
            "pin": ["a"],
            "bury": [],
        }
    ],
    "deadline_ms": 700,
    "description": "every choice made",
}


@pytest.fixture
def saved(client: TestClient) -> Iterator[TestClient]:
    yield client
    for each in client.get("/v1/configurations").json()["items"]:
        client.delete(f"/v1/configurations/{each['name']}")


def test_what_was_saved_is_shown(saved: TestClient) -> None:
    made = saved.put("/v1/configurations/whole", json=WHOLE)
    assert made.status_code == 201
    assert made.headers["location"] == "/v1/configurations/whole"
    shown = saved.get("/v1/configurations/whole").json()
    assert shown == {"name": "whole", "index": None, **WHOLE}


def test_what_is_shown_may_be_sent_back(saved: TestClient) -> None:
    for name, body in (("whole", WHOLE), ("bare", {}), ("unranked", {"rerank": []})):
        saved.put(f"/v1/configurations/{name}", json=body)
        shown = saved.get(f"/v1/configurations/{name}").json()
        again = saved.put(
            f"/v1/configurations/{name}", json={k: v for k, v in shown.items() if k != "name"}
        )
        assert (again.status_code, again.json()) == (200, shown)


def test_they_are_listed_by_name_and_forgotten(saved: TestClient) -> None:
    for name in ("b", "a-2", "a"):
        saved.put(f"/v1/configurations/{name}", json={})
    names = [each["name"] for each in saved.get("/v1/configurations").json()["items"]]
    assert names == ["a", "a-2", "b"]
    assert saved.delete("/v1/configurations/b").status_code == 204
    assert saved.get("/v1/configurations/b").status_code == 404
    assert saved.delete("/v1/configurations/b").status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "a mug"}, "text"),
        ({"target": "smell"}, "target"),
        ({"hybrid": {"lexical": 2}}, "hybrid.lexical"),
        ({"min_score": 1.5}, "min_score"),
        ({"index": "nowhere"}, "index"),
        ({"weights": {"smell": 1}}, "weights.smell"),
        ({"rerank": [{"stage": "signals", "top": 0}]}, "rerank[0].top"),
        ({"rerank": [], "deadline_ms": 500}, "deadline_ms"),
        ({"rerank": [{"stage": "vlm"}], "deadline_ms": 1}, "deadline_ms"),
        ({"max_per": {"colour": 0}}, "max_per.colour"),
    ],
)
def test_a_wrong_field_is_named(saved: TestClient, body: dict[str, Any], field: str) -> None:
    answer = saved.put("/v1/configurations/wrong", json=body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert saved.get("/v1/configurations/wrong").status_code == 404


def test_a_wrong_name_is_refused(client: TestClient) -> None:
    assert client.put("/v1/configurations/Wrong%20name", json={}).status_code == 422
    assert client.put("/v1/configurations/default", json={}).status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/configurations/X", {}, "name"),
        ("/v1/query-sets/Spring", {"index": "products"}, "name"),
        ("/v1/experiments/.a", {}, "name"),
    ],
)
def test_a_wrong_name_is_told_what_a_name_is_in_words(
    client: TestClient, path: str, body: dict[str, Any], field: str
) -> None:
    method = "GET" if "experiments" in path else "PUT"
    problem = client.request(method, path, json=body).json()
    shape = "must be 1-64 small letters, digits, '.', '_' or '-', beginning with a letter or digit"
    assert {"field": field, "problem": shape} in problem["errors"]
    assert "pattern" not in problem["detail"]
