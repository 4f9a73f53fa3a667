"""Imports over HTTP: previewed, sent as files, and read row by row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.core.settings import Settings
from services.ingest.sources import proposal
from tests.gateway.conftest import finished

CSV = """Article,Product Name,Image URL,Price,Colour,Left over
a1,Red mug,,12.50,red,x
a2,,,7,blue,
a3,Lamp,photos/lamp.png,cheap,,z
"""


def send(
    client: TestClient, index: str, file: tuple[str, str], *, at: str = "", **asked: Any
) -> Any:
    parts: dict[str, Any] = {"file": (file[0], file[1].encode(), "application/octet-stream")}
    if asked:
        parts["request"] = (None, json.dumps(asked), "application/json")
    return client.post(f"/v1/indexes/{index}/imports{at}", files=parts)


def test_the_first_rows_are_shown_with_a_mapping_and_what_is_wrong_with_them(
    client: TestClient, scratch: str
) -> None:
    answer = send(client, scratch, ("shop.csv", CSV), at="/preview")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["columns"] == [
        "Article",
        "Product Name",
        "Price",
        "Colour",
        "Left over",
        "Image URL",
    ]
    assert (
        found["mapping"]
        == found["proposed"]
        == {
            "title": "Product Name",
            "images": "Image URL",
            "attributes.colour": "Colour",
            "attributes.price": "Price",
            "id": "Article",
            "attributes.left_over": "Left over",
        }
    )
    good, empty, bad = found["rows"]
    assert good["document"]["attributes"] == {"price": 12.5, "colour": "red", "left_over": "x"}
    assert good["problems"] == []
    assert empty["document"] is None
    assert [each["field"] for each in empty["problems"]] == ["row 2"]
    assert bad["fields"]["Image URL"] == "photos/lamp.png"
    assert [each["field"] for each in bad["problems"]] == ["row 3.images[0]"]
    assert (found["more"], found["broken"]) == (False, None)
    assert client.get("/v1/jobs", params={"index": scratch}).json()["items"] == []


def test_a_mapping_that_is_given_is_used(client: TestClient, scratch: str) -> None:
    mapping = {"id": "Article", "title": "Colour"}
    found = send(client, scratch, ("x.csv", CSV), at="/preview", mapping=mapping).json()
    assert found["mapping"] == mapping != found["proposed"]
    assert [row["document"] and row["document"]["title"] for row in found["rows"]] == [
        "red",
        "blue",
        None,
    ]


def test_only_twenty_rows_are_shown_and_long_values_cut(client: TestClient, scratch: str) -> None:
    rows = [{"id": f"d{n}", "title": "x", "description": "y" * 900} for n in range(30)]
    lines = "\n".join(json.dumps(row) for row in rows)
    found = send(client, scratch, ("x.ndjson", lines), at="/preview").json()
    assert len(found["rows"]) == 20
    assert found["more"] is True
    assert found["proposed"] is found["mapping"] is None
    assert len(found["rows"][0]["fields"]["description"]) == 501
    assert len(found["rows"][0]["document"]["description"]) == 900


def test_a_file_that_breaks_off_shows_what_came_before(client: TestClient, scratch: str) -> None:
    broken = 'id,title\na1,Mug\na2,"no end'
    found = send(client, scratch, ("x.csv", broken), at="/preview").json()
    assert [row["number"] for row in found["rows"]] == [1]
    assert "csv" in found["broken"]
    refused = send(client, scratch, ("x.csv", broken))
    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["errors"]] == ["file"]


def test_a_source_on_the_server_is_previewed_alike(
    client: TestClient, scratch: str, settings: Settings
) -> None:
    root = settings.ingest.import_roots[0]
    (Path(root) / "seen.csv").write_text("id,title,images\np1,Mug,photos/mug.png\n")
    body = {"type": "csv", "path": "seen.csv"}
    found = client.post(f"/v1/indexes/{scratch}/imports/preview", json=body).json()
    assert found["rows"][0]["document"]["images"] == ["path:photos/mug.png"]
    body["path"] = "none.csv"
    assert client.post(f"/v1/indexes/{scratch}/imports/preview", json=body).status_code == 422


def test_a_sent_file_becomes_documents_and_its_bad_rows_failed_items(
    client: TestClient, scratch: str
) -> None:
    mapping = {"id": "Article", "title": "Product Name", "attributes.price": "Price"}
    answer = send(client, scratch, ("shop.csv", CSV), mapping=mapping)
    assert answer.status_code == 202, answer.text
    job = finished(client, answer.json()["id"])
    assert (job["kind"], job["state"], job["total"]) == ("import", "partially_succeeded", 3)
    assert job["source"]["upload"] == "shop.csv"
    items = client.get(f"/v1/jobs/{job['id']}/items", params={"state": "failed"}).json()["items"]
    assert {each["document_id"]: each["error"]["code"] for each in items} == {
        "a2": "invalid_document",
        "a3": "invalid_document",
    }
    made = client.get(f"/v1/indexes/{scratch}/documents/a1").json()
    assert made["attributes"] == {"price": 12.5}


def test_a_file_of_bad_rows_only_ends_as_a_failed_job(client: TestClient, scratch: str) -> None:
    answer = send(client, scratch, ("x.jsonl", '{"id": "a"}\n[1]\n'))
    assert finished(client, answer.json()["id"])["state"] == "failed"


def test_the_same_file_sent_again_is_answered_alike(client: TestClient, scratch: str) -> None:
    headers = {"Idempotency-Key": f"{scratch}-upload"}
    path = f"/v1/indexes/{scratch}/imports"

    def post(text: str) -> Any:
        return client.post(path, files={"file": ("x.csv", text)}, headers=headers)

    first = post("id,title\na,Mug\n")
    again = post("id,title\na,Mug\n")
    assert again.json()["id"] == first.json()["id"]
    assert post("id,title\na,Cup\n").status_code == 409
    finished(client, first.json()["id"])


@pytest.mark.parametrize(
    ("name", "text", "asked", "status", "field"),
    [
        ("x.xlsx", "id\na\n", {}, 422, "type"),
        ("x.csv", "id\n", {}, 422, "file"),
        ("x.csv", "id,id\na,b\n", {}, 422, "file"),
        ("x.csv", "id,title\n" + "".join(f"d{n},x\n" for n in range(51)), {}, 413, "file"),
        ("x.csv", "id\na\n", {"type": "folder"}, 422, "type"),
        ("x.csv", "id\na\n", {"mapping": {"title": "id"}}, 422, "mapping.id"),
        ("x.csv", "id\na\n", {"path": "x.csv"}, 422, "path"),
        ("x.csv", "id\na\n", {"delimiter": ";;"}, 422, "delimiter"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_by_field(
    client: TestClient, scratch: str, name: str, text: str, asked: Any, status: int, field: str
) -> None:
    answer = send(client, scratch, (name, text), **asked)
    assert answer.status_code == status
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_form_without_its_file_is_refused(client: TestClient, scratch: str) -> None:
    path = f"/v1/indexes/{scratch}/imports"
    for parts in ({"request": (None, "{}")}, {"file": (None, "id\na\n")}, {"other": ("x", b"x")}):
        assert client.post(path, files=parts).status_code == 422
    assert client.post(path, content=b"id", headers={"Content-Type": "text/csv"}).status_code == 415


@pytest.mark.parametrize(
    ("columns", "rows", "expected"),
    [
        (["id", "title", "attributes.price"], [], None),
        (["Name", "Code"], [{"Name": "a b", "Code": "x"}], {"title": "Name", "id": "Code"}),
        (["SKU", "Title"], [{"SKU": "M-1"}], {"title": "Title", "sku": "SKU", "id": "SKU"}),
        (["Colour"], [{"Colour": "red"}, {"Colour": "red"}], {"attributes.colour": "Colour"}),
        (["!!"], [{"!!": " "}], {}),
    ],
)
def test_a_mapping_is_proposed_by_names(columns: Any, rows: Any, expected: Any) -> None:
    assert proposal.mapping(columns, rows, attributes={}) == expected
