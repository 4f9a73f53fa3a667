"""Indexes over HTTP: made once, shown, measured, verified, rebuilt, removed on confirmation."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.gateway.conftest import ATTRIBUTES, finished, products, send_products


def test_making_an_index_twice_changes_nothing(client: TestClient, scratch: str) -> None:
    again = client.put(f"/v1/indexes/{scratch}", json={"attributes": ATTRIBUTES})
    assert again.status_code == 200
    assert again.json() == client.get(f"/v1/indexes/{scratch}").json()
    assert again.json()["settings"]["attributes"] == ATTRIBUTES
    listed = client.get("/v1/indexes").json()
    assert listed["next_cursor"] is None
    assert again.json() in listed["items"]


def test_other_settings_are_a_conflict_that_names_them(client: TestClient, scratch: str) -> None:
    answer = client.put(f"/v1/indexes/{scratch}", json={"attributes": {"price": "integer"}})
    assert answer.status_code == 409
    assert "rebuild" in answer.json()["detail"]
    assert [error["field"] for error in answer.json()["errors"]] == ["attributes"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"embedder": "nobody"}, "embedder"),
        ({"dimensions": 3}, "dimensions"),
        ({"dimensions": "64"}, "dimensions"),
        ({"dimensions": True}, "dimensions"),
        ({"attributes": {"Price": "number"}}, "attributes.Price"),
        ({"attributes": {"any": "number"}}, "attributes.any"),
        ({"attributes": {"price": "money"}}, "attributes.price"),
        ({"hnsw": {"m": 1}}, "hnsw.m"),
        ({"name": "x"}, "name"),
    ],
)
def test_a_setting_that_cannot_be_is_named(
    client: TestClient, body: dict[str, Any], field: str
) -> None:
    answer = client.put("/v1/indexes/impossible", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field
    assert client.get("/v1/indexes/impossible").status_code == 404


def test_an_index_goes_only_when_its_name_is_given_twice(client: TestClient, scratch: str) -> None:
    path = f"/v1/indexes/{scratch}"
    assert client.delete(path).status_code == 422
    wrong = client.delete(path, params={"confirm": "other"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "confirm"
    assert client.delete(path, params={"confirm": scratch}).status_code == 204
    assert client.get(path).status_code == 404
    assert client.delete(path, params={"confirm": scratch}).status_code == 404


def test_stats_and_verification_count_what_was_sent(client: TestClient, shop: str) -> None:
    stats = client.get(f"/v1/indexes/{shop}/stats").json()
    assert stats["documents"] == len(products())
    assert stats["views"]["image"] == len(products())
    assert stats["views"]["text"] == len(products())
    # 256 numbers, and an HNSW graph of M=16.
    assert stats["estimated_bytes"] == 3 * len(products()) * (4 * 256 + 145)
    found = client.get(f"/v1/indexes/{shop}/verify").json()
    assert found["consistent"] is True
    assert found["documents"] == len(products())


def test_a_rebuild_changes_settings_and_keeps_every_document(
    client: TestClient, scratch: str
) -> None:
    assert send_products(client, scratch, products()[:4])["state"] == "succeeded"
    attributes = {"colour": "string", "price": "number"}
    answer = client.post(f"/v1/indexes/{scratch}/rebuild", json={"attributes": attributes})
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/jobs/{answer.json()['id']}"
    assert finished(client, answer.json()["id"])["state"] == "succeeded"
    index = client.get(f"/v1/indexes/{scratch}").json()
    assert index["settings"]["attributes"] == attributes
    assert index["generation"] == 2
    assert client.get(f"/v1/indexes/{scratch}/stats").json()["documents"] == 4


def test_a_rebuild_needs_no_body(client: TestClient, scratch: str) -> None:
    answer = client.post(f"/v1/indexes/{scratch}/rebuild")
    assert answer.status_code == 202
    assert finished(client, answer.json()["id"])["state"] == "succeeded"


def test_a_rebuilt_index_can_be_rolled_back_and_its_former_collection_dropped(
    client: TestClient, scratch: str
) -> None:
    path = f"/v1/indexes/{scratch}"
    assert send_products(client, scratch, products()[:4])["state"] == "succeeded"
    assert client.get(path).json()["former"] is None
    job = client.post(f"{path}/rebuild", json={"dimensions": 64}).json()
    assert finished(client, job["id"])["state"] == "succeeded"
    former = client.get(path).json()["former"]
    assert (former["generation"], former["settings"]["dimensions"]) == (1, 256)
    held = client.get(f"{path}/stats").json()["former"]
    assert held["estimated_bytes"] == sum(held["views"].values()) * (4 * 256 + 145) > 0
    assert held["kept_until"] > former["since"]
    back = client.post(f"{path}/rollback")
    assert back.status_code == 202
    assert back.headers["location"] == f"/v1/jobs/{back.json()['id']}"
    assert finished(client, back.json()["id"])["state"] == "succeeded"
    index = client.get(path).json()
    assert (index["generation"], index["settings"]["dimensions"]) == (1, 256)
    assert client.get(f"{path}/verify").json()["consistent"] is True
    assert client.delete(f"{path}/former").status_code == 204
    assert client.delete(f"{path}/former").status_code == 404
    assert client.post(f"{path}/rollback").status_code == 409
    assert client.get(f"{path}/stats").json()["former"] is None
