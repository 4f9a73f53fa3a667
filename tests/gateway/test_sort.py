"""Sorted searches over HTTP: what may be asked, and what the answer says was done."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.gateway.test_search import search


def test_the_best_hits_are_sorted_by_a_number(client: TestClient, shop: str) -> None:
    asked: dict[str, Any] = {"text": "mug", "sort": {"by": "price", "among": 5}, "limit": 3}
    cheap = search(client, shop, **asked)
    assert cheap["sorted"] == {"by": "price", "order": "asc", "considered": 5, "complete": False}
    more = search(client, shop, **asked, cursor=cheap["next_cursor"])
    assert more["next_cursor"] is None
    hits = cheap["hits"] + more["hits"]
    prices = [hit["document"]["attributes"]["price"] for hit in hits]
    assert prices == sorted(prices)
    assert sorted(hit["first_stage"]["rank"] for hit in hits) == [1, 2, 3, 4, 5]


def test_the_likes_of_a_document_are_sorted_too(client: TestClient, shop: str) -> None:
    path = f"/v1/indexes/{shop}/documents/red-mug/similar"
    dear = client.post(path, json={"sort": {"by": "price", "order": "desc"}}).json()
    assert dear["sorted"]["complete"] is True
    assert dear["hits"][0]["id"] == "white-lamp"


def test_by_relevance_nothing_is_said_of_sorting(client: TestClient, shop: str) -> None:
    assert search(client, shop, text="mug", sort="relevance")["sorted"] is None
    assert search(client, shop, text="mug")["sorted"] is None


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"sort": "price"}, "sort"),
        ({"sort": {"by": "kind"}}, "sort.by"),
        ({"sort": {"by": "price", "order": "up"}}, "sort.order"),
        ({"sort": {"by": "price", "among": 1001}}, "sort.among"),
        ({"sort": {"by": "price"}, "rerank": [{"stage": "signals"}]}, "sort"),
    ],
)
def test_what_cannot_be_sorted_by_is_refused_by_name(
    client: TestClient, shop: str, asked: dict[str, Any], field: str
) -> None:
    answer = client.post(f"/v1/indexes/{shop}/search", json={"text": "x", **asked})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
