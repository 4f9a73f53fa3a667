"""Jobs over HTTP: listed, looked into, tried again, cancelled."""

import base64
import io
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from services.core.settings import Settings
from tests.gateway.conftest import finished, picture

NO_PICTURE = "data:image/png;base64,aGVsbG8="


def data_uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


def job_of(client: TestClient, index: str, documents: list[dict[str, Any]]) -> dict[str, Any]:
    answer = client.post(f"/v1/indexes/{index}/documents", json=documents)
    assert answer.status_code == 202, answer.text
    return finished(client, answer.json()["id"])


def test_a_corrupt_picture_fails_its_item_and_not_the_job(client: TestClient, scratch: str) -> None:
    job = job_of(
        client,
        scratch,
        [{"id": "good", "title": "Good"}, {"id": "bad", "title": "Bad", "images": [NO_PICTURE]}],
    )
    assert job["state"] == "partially_succeeded"
    assert job["counts"] == {
        "queued": 0, "prepared": 0, "succeeded": 1, "failed": 1, "cancelled": 0,
    }  # fmt: skip
    path = f"/v1/jobs/{job['id']}/items"
    failed = client.get(path, params={"state": "failed"}).json()["items"]
    assert [item["document_id"] for item in failed] == ["bad"]
    assert failed[0]["error"]["code"]
    assert failed[0]["error"]["detail"]
    first = client.get(path, params={"limit": 1}).json()
    second = client.get(path, params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert [first["items"][0]["document_id"], second["items"][0]["document_id"]] == ["good", "bad"]
    assert second["next_cursor"] is None

    again = client.post(f"/v1/jobs/{job['id']}/retry", params={"only": "failed"})
    assert again.status_code == 202
    assert finished(client, job["id"])["counts"]["failed"] == 1


def test_jobs_are_listed_newest_first_and_by_state(client: TestClient, scratch: str) -> None:
    made = [job_of(client, scratch, [{"id": f"d{n}", "title": "x"}])["id"] for n in range(3)]
    params: dict[str, Any] = {"index": scratch, "limit": 2}
    first = client.get("/v1/jobs", params=params).json()
    second = client.get("/v1/jobs", params={**params, "cursor": first["next_cursor"]}).json()
    assert [job["id"] for job in first["items"] + second["items"]] == made[::-1]
    none = client.get("/v1/jobs", params={"index": scratch, "state": "failed"}).json()
    assert none["items"] == []
    done = client.get("/v1/jobs", params={"index": scratch, "state": "succeeded"}).json()
    assert len(done["items"]) == 3


def test_a_finished_job_cannot_be_cancelled(client: TestClient, scratch: str) -> None:
    job = job_of(client, scratch, [{"id": "d", "title": "x"}])
    answer = client.post(f"/v1/jobs/{job['id']}/cancel")
    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 404),
        ("GET", "/items", 404),
        ("GET", "/events", 404),
        ("POST", "/cancel", 404),
        ("POST", "/retry?only=failed", 404),
        ("POST", "/retry", 422),
        ("POST", "/retry?only=all", 422),
    ],
)
def test_an_unknown_job_is_not_found(
    client: TestClient, method: str, path: str, status: int
) -> None:
    answer = client.request(method, f"/v1/jobs/job_{'0' * 28}{path}")
    assert answer.status_code == status


def test_an_import_reads_only_below_its_folders(
    client: TestClient, scratch: str, settings: Any
) -> None:
    root = settings.ingest.import_roots[0]
    (root / "catalog.csv").write_text("sku,name,cost\na1,Red thing,5\na2,Blue thing,x\n")
    path = f"/v1/indexes/{scratch}/imports"
    source = {
        "type": "csv",
        "path": "catalog.csv",
        "mapping": {"id": "sku", "title": "name", "attributes.price": "cost"},
    }
    headers = {"Idempotency-Key": "import-1"}
    answer = client.post(path, json=source, headers=headers)
    assert answer.status_code == 202, answer.text
    assert client.post(path, json=source, headers=headers).json()["id"] == answer.json()["id"]
    job = finished(client, answer.json()["id"])
    assert job["kind"] == "import"
    assert job["state"] == "partially_succeeded"
    assert job["counts"]["succeeded"] == 1
    for refused in ("../data", "/etc/passwd", "none.csv", "a\u0000b"):
        answer = client.post(path, json={**source, "path": refused})
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["errors"][0]["field"] == "path"
    assert client.post(path, json={**source, "speed": 1}).status_code == 422


def test_what_failed_is_shown_by_the_picture_that_was_sent(
    client: TestClient, scratch: str
) -> None:
    sent = [{"id": "half", "title": "Half", "images": [data_uri(picture("red")), NO_PICTURE]}]
    job = job_of(client, scratch, sent)
    (item,) = client.get(f"/v1/jobs/{job['id']}/items", params={"state": "failed"}).json()["items"]
    shown = client.get(item["picture"])
    assert shown.status_code == 200, shown.text
    assert shown.headers["cache-control"] == "private, max-age=600"
    assert Image.open(io.BytesIO(shown.content)).size == (64, 48)


@pytest.mark.parametrize("images", [[], [NO_PICTURE]])
def test_a_picture_that_cannot_be_shown_is_not_found(
    client: TestClient, scratch: str, images: list[str]
) -> None:
    job = job_of(client, scratch, [{"id": "none", "title": "None", "images": images}])
    path = f"/v1/jobs/{job['id']}/items"
    (item,) = client.get(path).json()["items"]
    assert (item["picture"] is None) == (not images)
    assert client.get(f"{path}/{item['sequence']}/thumbnail").status_code == 404
    assert client.get(f"{path}/{item['sequence'] + 1}/thumbnail").status_code == 404


def test_a_row_that_was_refused_shows_the_picture_of_its_file(
    client: TestClient, scratch: str, settings: Settings
) -> None:
    (folder,) = settings.ingest.import_roots
    (folder / "seen.png").write_bytes(picture("red"))
    rows = [
        {"id": "file", "attributes": {"price": "much"}, "images": ["seen.png"]},
        {"id": "address", "attributes": {"price": "much"}, "images": ["https://shop.example/a"]},
        {"id": "harm", "images": ["../../outside.png"]},
    ]
    (folder / "refused.jsonl").write_text("\n".join(map(json.dumps, rows)))
    source = {"type": "jsonl", "path": "refused.jsonl"}
    job = client.post(f"/v1/indexes/{scratch}/imports", json=source).json()
    finished(client, job["id"])
    found = client.get(f"/v1/jobs/{job['id']}/items").json()["items"]
    pictures = {item["document_id"]: item["picture"] for item in found}
    assert client.get(pictures["file"]).status_code == 200
    assert pictures["address"] == "https://shop.example/a"
    assert client.get(pictures["harm"]).status_code == 404
