"""Sounds, videos and PDFs of documents over HTTP: sent, shown, and played from anywhere."""

import base64
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.core.media.pdfs import pdf
from tests.gateway.conftest import finished
from tests.models.recordings import film, sound


def send(client: TestClient, index: str, document: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"/v1/indexes/{index}/documents", json=[document])
    assert answer.status_code == 202, answer.text
    job = finished(client, answer.json()["id"])
    assert job["state"] == "succeeded", client.get(f"/v1/jobs/{job['id']}/items").text
    found: dict[str, Any] = client.get(f"/v1/indexes/{index}/documents/{document['id']}").json()
    return found


def uri(data: bytes, type: str) -> str:
    return f"data:{type};base64," + base64.b64encode(data).decode()


@pytest.fixture
def talk(client: TestClient, scratch: str) -> dict[str, Any]:
    """A document with one of each, as it is shown."""
    return send(
        client,
        scratch,
        {
            "id": "talk",
            "title": "A talk",
            "audio": [uri(sound(1.0), "audio/wav")],
            "video": [uri(film(2.0), "video/mp4")],
            "files": [uri(pdf("Slide", "Notes"), "application/pdf")],
        },
    )


def test_a_document_shows_where_its_media_can_be_read(
    client: TestClient, talk: dict[str, Any]
) -> None:
    (audio,), (video,), (file,) = talk["audio"], talk["video"], talk["files"]
    assert audio["duration_s"] == 1.0
    assert video["duration_s"] == 2.0
    assert file["pages"] == 2
    types = {"audio/wav": audio, "video/mp4": video, "application/pdf": file}
    for type, shown in types.items():
        answer = client.get(shown["url"])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == type
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert int(answer.headers["content-length"]) == len(answer.content)
        thumbnail = client.get(shown["thumbnail_url"])
        assert thumbnail.headers["content-type"] == "image/jpeg"
        assert thumbnail.content.startswith(b"\xff\xd8")
    assert client.get(file["url"]).headers["content-disposition"] == "attachment"


def test_pages_of_a_pdf_are_pictures(client: TestClient, talk: dict[str, Any]) -> None:
    (file,) = talk["files"]
    assert client.get(f"{file['url']}/pages/2").headers["content-type"] == "image/jpeg"
    for number in (3, 100_000):
        assert client.get(f"{file['url']}/pages/{number}").status_code == 404
    assert client.get(f"{file['url']}/pages/0").status_code == 422
    assert client.get(f"{talk['audio'][0]['url']}/pages/1").status_code == 404


@pytest.mark.parametrize(
    ("asked", "which"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=100-", slice(100, None)),
        ("bytes=-7", slice(-7, None)),
        ("bytes=10-99999999", slice(10, None)),
        ("bytes=5-5", slice(5, 6)),
    ],
)
def test_a_player_can_seek(
    client: TestClient, talk: dict[str, Any], asked: str, which: slice
) -> None:
    url = talk["video"][0]["url"]
    whole = client.get(url).content
    part = client.get(url, headers={"Range": asked})
    assert part.status_code == 206
    assert part.content == whole[which]
    start, stop, _ = which.indices(len(whole))
    assert part.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    assert part.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=x", "", "bytes=-"])
def test_a_range_that_is_not_understood_is_answered_with_the_whole(
    client: TestClient, talk: dict[str, Any], asked: str
) -> None:
    url = talk["video"][0]["url"]
    answer = client.get(url, headers={"Range": asked})
    assert answer.status_code == 200
    assert answer.content == client.get(url).content


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=9-3", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(
    client: TestClient, talk: dict[str, Any], asked: str
) -> None:
    url = talk["audio"][0]["url"]
    answer = client.get(url, headers={"Range": asked})
    assert answer.status_code == 416
    size = len(client.get(url).content)
    assert answer.headers["content-range"] == f"bytes */{size}"


def test_a_range_of_another_version_is_answered_with_the_whole(
    client: TestClient, talk: dict[str, Any]
) -> None:
    url = talk["audio"][0]["url"]
    tag = client.get(url).headers["etag"]
    for if_range, status in ((tag, 206), ('"another"', 200)):
        headers = {"Range": "bytes=0-9", "If-Range": if_range}
        assert client.get(url, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"audio": "x"}, "documents[0].audio"),
        ({"audio": ["https://a"] * 5}, "documents[0].audio"),
        ({"video": ["/etc/passwd"]}, "documents[0].video[0]"),
        ({"files": ["file:none.pdf"]}, "documents[0].files[0]"),
        ({"files": [uri(b"x", "image/png")]}, "documents[0].files[0]"),
        ({"audio": []}, "documents[0]"),
    ],
)
def test_what_is_wrong_with_a_recording_is_named(
    client: TestClient, scratch: str, document: dict[str, Any], field: str
) -> None:
    answer = client.post(f"/v1/indexes/{scratch}/documents", json=[{"id": "a"} | document])
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_segments_are_chosen_with_an_index_and_shown(client: TestClient) -> None:
    wanted = {"length_s": 10, "overlap_s": 2.5, "frames": 8, "sound": "separate"}
    made = client.put("/v1/indexes/cut", json={"segments": wanted})
    assert made.status_code == 201, made.text
    assert made.json()["settings"]["segments"] == wanted
    assert client.put("/v1/indexes/cut", json={"segments": wanted}).status_code == 200
    assert client.put("/v1/indexes/cut", json={}).status_code == 409
    for wrong in ({"length_s": 40}, {"overlap_s": 4.5}, {"frames": 0}, {"sound": "x"}, {"x": 1}):
        answer = client.put("/v1/indexes/cut2", json={"segments": wrong})
        assert answer.status_code == 422, wrong
    rebuilt = client.post("/v1/indexes/cut/rebuild", json={"segments": {"length_s": 3}})
    assert finished(client, rebuilt.json()["id"])["state"] == "succeeded"
    assert client.get("/v1/indexes/cut").json()["settings"]["segments"]["length_s"] == 3
    client.delete("/v1/indexes/cut", params={"confirm": "cut"})
