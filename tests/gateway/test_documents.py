"""Documents over HTTP: sent in three ways, all or none, read, changed, deleted."""

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.gateway.conftest import finished, picture, products, send_products

TEXT_ONLY = [
    {"id": f"t{number}", "title": f"Plain thing {number}", "attributes": {"price": number}}
    for number in range(3)
]


def send(client: TestClient, index: str, **arguments: Any) -> Any:
    return client.post(f"/v1/indexes/{index}/documents", **arguments)


def lines(documents: list[dict[str, Any]]) -> bytes:
    return b"\n".join(json.dumps(each).encode() for each in documents) + b"\n\n"


WRONG_PRICE = {"id": "a", "title": "x", "attributes": {"price": "1"}}
STRAY = {"x": ("x.png", b"x")}
NDJSON = {"Content-Type": "application/x-ndjson"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"json": TEXT_ONLY},
        {"json": {"documents": TEXT_ONLY}},
        {"content": lines(TEXT_ONLY), "headers": NDJSON},
        {"files": {"documents": ("d.json", json.dumps(TEXT_ONLY), "application/json")}},
        {"files": {"documents": ("d.ndjson", lines(TEXT_ONLY), "application/x-ndjson")}},
        {"files": {"documents": (None, json.dumps({"documents": TEXT_ONLY}))}},
    ],
    ids=["array", "object", "ndjson", "part", "ndjson part", "plain part"],
)
def test_every_way_of_sending_ends_in_the_same_documents(
    client: TestClient, scratch: str, arguments: dict[str, Any]
) -> None:
    answer = send(client, scratch, **arguments)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert job["total"] == 3
    assert finished(client, job["id"])["state"] == "succeeded"
    page = client.get(f"/v1/indexes/{scratch}/documents").json()
    assert [item["id"] for item in page["items"]] == ["t0", "t1", "t2"]


def test_pictures_come_as_files_and_as_data_uris(client: TestClient, scratch: str) -> None:
    uri = "data:image/png;base64," + base64.b64encode(picture("purple")).decode()
    documents = [{"id": "both", "title": "Two", "images": ["file:red.png", uri]}]
    assert send_products(client, scratch, documents[:1])["state"] == "succeeded"
    stored = client.get(f"/v1/indexes/{scratch}/documents/both").json()
    assert len(stored["images"]) == 2
    for image in stored["images"]:
        assert client.get(image["url"]).headers["content-type"].startswith("image/")
        assert client.get(image["thumbnail_url"]).headers["content-type"].startswith("image/")


@pytest.mark.parametrize(
    ("arguments", "status", "field"),
    [
        ({"json": []}, 422, "documents"),
        ({"json": "x"}, 422, "documents"),
        ({"json": {"documents": TEXT_ONLY, "x": 1}}, 422, "x"),
        ({"json": [*TEXT_ONLY, {"id": "a b", "title": "x"}]}, 422, "documents[3].id"),
        ({"json": [{"id": "a", "title": "x", "colour": 1}]}, 422, "documents[0].colour"),
        ({"json": [WRONG_PRICE]}, 422, "documents[0].attributes.price"),
        ({"json": [{"id": "a", "images": ["file:none.png"]}]}, 422, "documents[0].images[0]"),
        ({"json": [{"id": "a", "images": ["/etc/passwd"]}]}, 422, "documents[0].images[0]"),
        ({"content": lines(TEXT_ONLY) + b"{oops", "headers": NDJSON}, 400, "line 5"),
        ({"content": b"\n \n", "headers": NDJSON}, 422, "documents"),
        ({"content": b'{"id": "\\u0000"}', "headers": NDJSON}, 400, "line 1.id"),
        ({"files": {"other": ("x.png", b"x")}}, 422, "documents"),
        ({"files": {"documents": (None, "[1"), "x": ("x.png", b"x")}}, 400, "documents"),
        ({"files": {"documents": (None, json.dumps(TEXT_ONLY)), **STRAY}}, 422, "files.x.png"),
    ],
)  # fmt: skip
def test_one_wrong_thing_refuses_the_whole_request(
    client: TestClient, scratch: str, arguments: dict[str, Any], status: int, field: str
) -> None:
    answer = send(client, scratch, **arguments)
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert client.get("/v1/jobs", params={"index": scratch}).json()["items"] == []


@pytest.mark.parametrize("count", [51])
def test_too_many_documents_are_refused_with_the_limit(
    client: TestClient, scratch: str, count: int
) -> None:
    documents = [{"id": f"d{number}", "title": "x"} for number in range(count)]
    for arguments in ({"json": documents}, {"content": lines(documents), "headers": NDJSON}):
        answer = send(client, scratch, **arguments)  # type: ignore[arg-type]
        assert answer.status_code == 413
        assert "50" in answer.json()["detail"]


def test_a_type_we_do_not_read_is_refused(client: TestClient, scratch: str) -> None:
    answer = send(client, scratch, content=b"<x/>", headers={"Content-Type": "application/xml"})
    assert answer.status_code == 415
    broken = send(client, scratch, content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert broken.status_code == 400
    assert send(client, "nowhere", json=TEXT_ONLY).status_code == 404


def test_the_same_key_and_body_give_the_first_answer(client: TestClient, scratch: str) -> None:
    headers = {"Idempotency-Key": f"key-{scratch}-1"}
    first = send(client, scratch, json=TEXT_ONLY, headers=headers)
    again = send(client, scratch, json=TEXT_ONLY, headers=headers)
    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    other = send(client, scratch, json=TEXT_ONLY[:1], headers=headers)
    assert other.status_code == 409
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    finished(client, first.json()["id"])
    assert len(client.get("/v1/jobs", params={"index": scratch}).json()["items"]) == 1


def test_a_multipart_request_is_the_same_whatever_its_boundary(
    client: TestClient, scratch: str
) -> None:
    headers = {"Idempotency-Key": f"key-{scratch}-2"}
    part = {"documents": ("d.json", json.dumps(TEXT_ONLY), "application/json")}
    first = send(client, scratch, files=part, headers=headers)
    again = send(client, scratch, files=part, headers=headers)
    assert again.json()["id"] == first.json()["id"]
    finished(client, first.json()["id"])


def test_a_refused_request_leaves_its_key_free(client: TestClient, scratch: str) -> None:
    headers = {"Idempotency-Key": f"key-{scratch}-3"}
    assert send(client, scratch, json=[{"id": "a"}], headers=headers).status_code == 422
    answer = send(client, scratch, json=TEXT_ONLY, headers=headers)
    assert answer.status_code == 202
    finished(client, answer.json()["id"])


def test_pages_follow_each_other_and_filters_apply(client: TestClient, shop: str) -> None:
    path = f"/v1/indexes/{shop}/documents"
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 5} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, params=params).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == sorted(product["id"] for product in products())
    red = client.get(path, params={"filter": '{"colour": "red"}'}).json()["items"]
    assert [item["id"] for item in red] == ["red-lamp", "red-mug"]


@pytest.mark.parametrize("filter", ["{", "[]", '{"weight": 1}', '{"price": {"lt": "x"}}', "NaN"])
def test_a_filter_that_means_nothing_is_refused(client: TestClient, shop: str, filter: str) -> None:
    answer = client.get(f"/v1/indexes/{shop}/documents", params={"filter": filter})
    assert answer.status_code in (400, 422)
    assert answer.json()["errors"][0]["field"].startswith("filter")


def test_a_patch_changes_and_removes_at_once(client: TestClient, scratch: str) -> None:
    send_products(client, scratch, products()[:1])
    path = f"/v1/indexes/{scratch}/documents/red-mug"
    body = {
        "attributes": {"price": 99.5, "kind": None},
        "signals": {"stock": 3, "popularity": None},
    }
    patched = client.patch(path, json=body)
    assert patched.status_code == 200, patched.text
    assert patched.json()["attributes"] == {"colour": "red", "price": 99.5, "in_stock": True}
    assert patched.json()["signals"] == {"stock": 3}
    assert client.get(path).json() == patched.json()
    found = client.post(
        f"/v1/indexes/{scratch}/search", json={"text": "mug", "filter": {"price": {"gt": 99}}}
    ).json()
    assert [hit["id"] for hit in found["hits"]] == ["red-mug"]


@pytest.mark.parametrize(
    "body", [{}, {"title": "x"}, {"attributes": {"price": "x"}}, {"signals": {"a": True}}, []]
)
def test_a_patch_of_anything_else_is_refused(client: TestClient, shop: str, body: Any) -> None:
    assert client.patch(f"/v1/indexes/{shop}/documents/red-mug", json=body).status_code == 422


def test_a_deleted_document_is_gone_at_once(client: TestClient, scratch: str) -> None:
    send_products(client, scratch, products()[:2])
    path = f"/v1/indexes/{scratch}/documents/red-mug"
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.delete(path).status_code == 404
    found = client.post(f"/v1/indexes/{scratch}/search", json={"text": "red mug"}).json()
    assert [hit["id"] for hit in found["hits"]] == ["red-lamp"]


def test_deleting_by_filter_needs_a_filter(client: TestClient, scratch: str) -> None:
    send_products(client, scratch, products()[:4])
    path = f"/v1/indexes/{scratch}/documents/delete"
    for body in ({"filter": {}}, {}, {"filter": None}, {"filter": {"weight": 1}}):
        assert client.post(path, json=body).status_code == 422
    answer = client.post(path, json={"filter": {"colour": "red"}})
    assert answer.json() == {"deleted": 2}
    left = client.get(f"/v1/indexes/{scratch}/documents").json()["items"]
    assert [item["id"] for item in left] == ["green-lamp", "green-mug"]
