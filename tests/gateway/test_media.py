"""Pictures over HTTP: uploaded for a while, served so that nothing in them can act."""

import pytest
from fastapi.testclient import TestClient

from tests.gateway.conftest import picture


def upload(client: TestClient, data: bytes, name: str = "q.png") -> tuple[int, dict[str, object]]:
    answer = client.post("/v1/media", files={"file": (name, data, "image/png")})
    return answer.status_code, answer.json()


def test_an_uploaded_picture_can_be_read_until_it_expires(client: TestClient) -> None:
    status, media = upload(client, picture("red", size=(800, 400)))
    assert status == 201
    assert (media["width"], media["height"]) == (800, 400)
    assert media["expires_at"] is not None
    for url in (media["url"], media["thumbnail_url"]):
        answer = client.get(str(url))
        assert answer.status_code == 200
        assert answer.headers["content-type"] in ("image/webp", "image/jpeg")
        assert answer.headers["cache-control"].startswith("private, max-age=")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        magic = {"image/webp": b"RIFF", "image/jpeg": b"\xff\xd8"}
        assert answer.content.startswith(magic[answer.headers["content-type"]])


def test_a_documents_picture_may_be_kept_by_a_browser_for_good(
    client: TestClient, shop: str
) -> None:
    document = client.get(f"/v1/indexes/{shop}/documents/red-mug").json()
    headers = client.get(document["images"][0]["url"]).headers
    assert headers["cache-control"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg onload=alert(1)>", picture("red")[:60]])
def test_what_is_no_whole_picture_is_refused_with_a_reason(client: TestClient, data: bytes) -> None:
    got, problem = upload(client, data)
    assert got == 422
    assert problem["code"] == "media_refused"
    assert problem["reason"]
    assert problem["errors"][0]["field"] == "file"  # type: ignore[index]


def test_an_upload_is_one_file(client: TestClient) -> None:
    assert client.post("/v1/media", json={}).status_code == 415
    assert client.post("/v1/media", data={"file": "x"}).status_code == 415
    assert client.post("/v1/media", files={"other": ("q.png", b"x")}).status_code == 422


def test_a_media_id_that_nobody_gave_is_not_found(client: TestClient) -> None:
    assert client.get("/v1/media/med_" + "a" * 32).status_code == 404
    assert client.get("/v1/media/med_" + "a" * 32 + "/thumbnail").status_code == 404
    assert client.get("/v1/media/..%2f..%2fetc").status_code in (404, 422)
