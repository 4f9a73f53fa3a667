"""Query sets over HTTP: made, added to, listed, refused and deleted with their media."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.insight import query_sets
from services.wiring import Runtime
from tests.gateway.conftest import picture

QUERY: dict[str, Any] = {"id": "q1", "text": "a red mug", "grades": {"red-mug": 2, "red-lamp": 1}}


def data_uri(colour: str) -> str:
    return "data:image/png;base64," + base64.b64encode(picture(colour)).decode()


@pytest.fixture
def sets(client: TestClient, shop: str) -> Iterator[TestClient]:
    yield client
    for each in client.get("/v1/query-sets").json()["items"]:
        client.delete(f"/v1/query-sets/{each['name']}")


def stored(runtime: Runtime, name: str) -> list[str]:
    return list(runtime.ports.media.keys(f"judged/{name}/"))


def test_a_set_is_made_added_to_and_listed(sets: TestClient) -> None:
    made = sets.put("/v1/query-sets/spring", json={"index": "shop", "queries": [QUERY]})
    assert (made.status_code, made.headers["location"]) == (201, "/v1/query-sets/spring")
    more = {
        "id": "q2",
        "text": "this in blue",
        "image": data_uri("red"),
        "category": "mugs",
        "paraphrase_of": "q1",
        "grades": {"blue-mug": 1, "red-mug": 0},
    }
    added = sets.post("/v1/query-sets/spring/queries", json={"queries": [more]}).json()
    assert added["kinds"] == {"composed": 1, "text": 1}
    assert sets.get("/v1/query-sets/spring").json() == added
    assert sets.get("/v1/query-sets").json()["items"] == [added]
    first = sets.get("/v1/query-sets/spring/queries", params={"limit": 1}).json()
    assert [each["id"] for each in first["items"]] == ["q1"]
    params = {"cursor": first["next_cursor"]}
    rest = sets.get("/v1/query-sets/spring/queries", params=params).json()
    assert rest["next_cursor"] is None
    (found,) = rest["items"]
    assert found.pop("media") == ["image"]
    assert found.pop("kind") == "composed"
    assert found | {"image": more["image"]} == more


def test_media_come_as_files_as_data_and_by_id(sets: TestClient, runtime: Runtime) -> None:
    held = sets.post("/v1/media", files={"file": ("x.png", picture("green"), "image/png")}).json()
    queries = [
        {"id": "file", "image": "file:red.png", "grades": {"red-mug": 1}},
        {"id": "data", "image": data_uri("blue"), "grades": {"blue-mug": 1}},
        {"id": "held", "image": held["id"], "grades": {"green-mug": 1}},
    ]
    answer = sets.put(
        "/v1/query-sets/media",
        files=[
            ("request", (None, json.dumps({"index": "shop", "queries": queries}))),
            ("files", ("red.png", picture("red"), "image/png")),
        ],
    )
    assert answer.status_code == 201, answer.text
    assert answer.json()["kinds"] == {"image": 3}
    assert len(stored(runtime, "media")) == 3


def test_media_go_with_their_queries_and_their_set(sets: TestClient, runtime: Runtime) -> None:
    body = {"index": "shop", "queries": [{"id": "a", "image": data_uri("red")}]}
    assert sets.put("/v1/query-sets/gone", json=body).status_code == 201
    assert len(stored(runtime, "gone")) == 1
    body["queries"] = [
        {"id": "a", "image": data_uri("blue")},
        {"id": "b", "image": data_uri("blue")},
    ]
    assert sets.put("/v1/query-sets/gone", json=body).status_code == 200
    (kept,) = stored(runtime, "gone")
    assert runtime.ports.media.get(kept)
    assert sets.delete("/v1/query-sets/gone").status_code == 204
    assert stored(runtime, "gone") == []
    assert sets.get("/v1/query-sets/gone").status_code == 404


def test_media_of_a_deleted_index_are_swept(
    sets: TestClient, runtime: Runtime, scratch: str
) -> None:
    body = {"index": scratch, "queries": [{"id": "a", "image": data_uri("red")}]}
    assert sets.put("/v1/query-sets/swept", json=body).status_code == 201
    kept = {"index": "shop", "queries": [{"id": "a", "image": data_uri("red")}]}
    assert sets.put("/v1/query-sets/kept", json=kept).status_code == 201
    sets.delete(f"/v1/indexes/{scratch}", params={"confirm": scratch})
    query_sets.sweep(runtime.ports)
    assert (len(stored(runtime, "swept")), len(stored(runtime, "kept"))) == (0, 1)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"id": "a"}, "queries[0]"),
        ({"id": "a", "text": " "}, "queries[0].text"),
        ({"id": "a b", "text": "x"}, "queries[0].id"),
        ({"id": "a", "text": "x" * 3000}, "queries[0].text"),
        ({"id": "a", "image": "file:absent.png"}, "queries[0].image"),
        ({"id": "a", "image": "picture"}, "queries[0].image"),
        ({"id": "a", "image": "data:image/png;base64,AAAA"}, "queries[0].image"),
        ({"id": "a", "audio": data_uri("red")}, "queries[0].audio"),
        ({"id": "a", "text": "x", "grades": {"d": 11}}, "queries[0].grades.d"),
        ({"id": "a", "text": "x", "grades": {"no id": 1}}, "queries[0].grades.no id"),
        ({"id": "a", "text": "x", "smell": "roses"}, "queries[0].smell"),
    ],
)
def test_a_wrong_query_is_named(sets: TestClient, query: dict[str, Any], field: str) -> None:
    answer = sets.put("/v1/query-sets/wrong", json={"index": "shop", "queries": [query]})
    assert answer.status_code == 422, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert sets.get("/v1/query-sets/wrong").status_code == 404


def test_a_query_is_there_once(sets: TestClient) -> None:
    twice = {"index": "shop", "queries": [QUERY, QUERY]}
    answer = sets.put("/v1/query-sets/twice", json=twice)
    assert answer.json()["errors"][0]["field"] == "queries[1].id"


def test_an_unknown_index_or_set_is_not_found(sets: TestClient) -> None:
    assert sets.put("/v1/query-sets/x", json={"index": "nowhere"}).status_code == 404
    added = sets.post("/v1/query-sets/nowhere/queries", json={"queries": [QUERY]})
    assert added.status_code == 404
    assert sets.delete("/v1/query-sets/nowhere").status_code == 404


def test_there_are_no_more_queries_than_the_limit(sets: TestClient, runtime: Runtime) -> None:
    most = runtime.settings.insight.max_queries
    many = [{"id": f"q{n}", "text": "x"} for n in range(1000)]
    assert sets.put("/v1/query-sets/many", json={"index": "shop"}).status_code == 201
    for start in range(0, most, 1000):
        part = [{**each, "id": f"{each['id']}-{start}"} for each in many]
        sets.post("/v1/query-sets/many/queries", json={"queries": part}).raise_for_status()
    over = sets.post("/v1/query-sets/many/queries", json={"queries": [QUERY]})
    assert (over.status_code, over.json()["errors"][0]["field"]) == (422, "queries")
