"""Tags over HTTP: declared with an index, shown apart from attributes, filtered, never written."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.gateway.conftest import finished, send_products

INDEX = "tagged"
TAGS = {"paint": ["red", "green", "blue", "yellow", "black", "white"]}


@pytest.fixture(scope="module")
def tagged(client: TestClient) -> Iterator[str]:
    """Discs of three colours, one document without a picture."""
    made = client.put(f"/v1/indexes/{INDEX}", json={"tags": TAGS})
    assert made.status_code == 201, made.text
    documents: list[dict[str, Any]] = [
        {"id": colour, "title": "A disc", "images": [f"file:{colour}.png"]}
        for colour in ("red", "green", "yellow")
    ]
    job = send_products(client, INDEX, [*documents, {"id": "words", "title": "A disc"}])
    assert job["state"] == "succeeded", job
    yield INDEX
    client.delete(f"/v1/indexes/{INDEX}", params={"confirm": INDEX})


def derived(client: TestClient, index: str) -> dict[str, Any]:
    items = client.get(f"/v1/indexes/{index}/documents").json()["items"]
    return {item["id"]: item["derived"] for item in items}


def test_tags_are_settings(client: TestClient, tagged: str) -> None:
    assert client.get(f"/v1/indexes/{tagged}").json()["settings"]["tags"] == TAGS
    assert client.put(f"/v1/indexes/{tagged}", json={"tags": TAGS}).status_code == 200
    other = client.put(f"/v1/indexes/{tagged}", json={"tags": {"paint": ["red"]}})
    assert other.status_code == 409
    assert other.json()["errors"][0]["field"] == "tags"


def test_the_model_sees_the_colours(client: TestClient, tagged: str) -> None:
    assert derived(client, tagged) == {
        "red": {"paint": ["red"]},
        "green": {"paint": ["green"]},
        "yellow": {"paint": ["yellow"]},
        "words": {},
    }


def test_hits_show_tags_apart_from_attributes_and_filters_use_them(
    client: TestClient, tagged: str
) -> None:
    asked = {"text": "a disc", "filter": {"paint": {"any": ["green", "blue"]}}}
    answer = client.post(f"/v1/indexes/{tagged}/search", json=asked).json()
    assert [hit["id"] for hit in answer["hits"]] == ["green"]
    document = answer["hits"][0]["document"]
    assert (document["derived"], document["attributes"]) == ({"paint": ["green"]}, {})
    listed = client.get(
        f"/v1/indexes/{tagged}/documents", params={"filter": '{"paint": {"exists": false}}'}
    )
    assert [item["id"] for item in listed.json()["items"]] == ["words"]


def test_nobody_writes_them(client: TestClient, tagged: str) -> None:
    path = f"/v1/indexes/{tagged}/documents"
    patched = client.patch(f"{path}/red", json={"attributes": {"paint": ["blue"]}})
    assert patched.status_code == 422
    assert patched.json()["errors"][0]["field"] == "attributes.paint"
    sent = client.post(path, json=[{"id": "x", "title": "X", "attributes": {"paint": "blue"}}])
    assert sent.status_code == 422
    assert sent.json()["errors"][0]["field"] == "documents[0].attributes.paint"
    given = client.post(path, json=[{"id": "x", "title": "X", "derived": {"paint": ["blue"]}}])
    assert given.status_code == 422
    kept = client.patch(f"{path}/red", json={"attributes": {"price": 3}}).json()
    assert (kept["attributes"], kept["derived"]) == ({"price": 3}, {"paint": ["red"]})


@pytest.mark.parametrize(
    ("tags", "field"),
    [
        ({"Paint": ["red"]}, "tags.Paint"),
        ({"all": ["red"]}, "tags.all"),
        ({"price": ["cheap"]}, "tags.price"),
        ({"paint": []}, "tags.paint"),
        ({"paint": "red"}, "tags.paint"),
        ({"paint": ["red", ""]}, "tags.paint[1]"),
        ({"paint": ["x" * 65]}, "tags.paint[0]"),
        ({"paint": ["red", "red"]}, "tags.paint[1]"),
    ],
)
def test_tags_that_cannot_be_are_named(client: TestClient, tags: Any, field: str) -> None:
    body = {"attributes": {"price": "number"}, "tags": tags}
    answer = client.put("/v1/indexes/impossible", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_rebuild_with_other_words_finds_other_tags(client: TestClient) -> None:
    client.put("/v1/indexes/repainted", json={"tags": TAGS})
    one = {"id": "one", "title": "A disc", "images": ["file:red.png"]}
    assert send_products(client, "repainted", [one])["state"] == "succeeded"
    words = {"tint": TAGS["paint"], "cut": ["slim", "wide"]}
    job = client.post("/v1/indexes/repainted/rebuild", json={"tags": words}).json()
    assert finished(client, job["id"])["state"] == "succeeded"
    shown = derived(client, "repainted")["one"]
    assert shown["tint"] == ["red"]
    assert "paint" not in shown
    client.delete("/v1/indexes/repainted", params={"confirm": "repainted"})
