"""Sounds and videos over HTTP: searched with, found with their moments, embedded, uploaded."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from services.core.settings import MediaLimits
from tests.contract.hashing_embedder import NAME
from tests.contract.sample_media import clip, tone
from tests.gateway.conftest import picture
from tests.gateway.listening import CLIP, SOUND, listening
from tests.search.shop import Shop


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, Shop]]:
    with listening(tmp_path_factory.mktemp("listening")) as both:
        yield both


@pytest.fixture
def hearing(opened: tuple[TestClient, Shop]) -> TestClient:
    return opened[0]


@pytest.fixture
def path(opened: tuple[TestClient, Shop]) -> str:
    return f"/v1/indexes/{opened[1].name}/search"


def uri(data: bytes, kind: str) -> str:
    return f"data:{kind}/x;base64," + base64.b64encode(data).decode()


def upload(client: TestClient, data: bytes) -> dict[str, Any]:
    answer = client.post("/v1/media", files={"file": ("q", data, "application/octet-stream")})
    assert answer.status_code == 201, answer.text
    media: dict[str, Any] = answer.json()
    return media


class TestSearch:
    @pytest.mark.parametrize(
        ("kind", "data", "matched"),
        [
            ("audio", SOUND, ("bell", "audio", 0.5, 1.5)),
            ("video", CLIP, ("film", "video", 1.0, 2.0)),
        ],
    )
    def test_a_recording_is_found_by_file_data_uri_and_media_id_with_its_moment(
        self, hearing: TestClient, path: str, kind: str, data: bytes, matched: tuple[Any, ...]
    ) -> None:
        by_file = hearing.post(path, files={kind: ("q", data)})
        by_uri = hearing.post(path, json={kind: uri(data, kind)})
        by_id = hearing.post(path, json={kind: upload(hearing, data)["id"]})
        in_parts = hearing.post(path, json={"parts": [{kind: uri(data, kind)}]})
        for answer in (by_file, by_uri, by_id, in_parts):
            assert answer.status_code == 200, answer.text
            best = answer.json()["hits"][0]
            found = best["matched"]
            assert (best["id"], found["modality"], found["start_s"], found["end_s"]) == matched
            assert best["score"] == pytest.approx(1, abs=1e-5)
            assert found["page"] is None
            assert found["media_id"].startswith("med_")

    def test_every_moment_and_page_is_a_hit_of_its_own_when_asked_for(
        self, hearing: TestClient, path: str
    ) -> None:
        found = hearing.post(path, json={"text": "x", "group_by": "view"}).json()["hits"]
        moments = {(hit["matched"]["view"], hit["matched"]["start_s"]) for hit in found}
        assert {("film:video:0:1000-2000", 1.0), ("film:video:0:2000-3000", 2.0)} < moments
        assert {hit["matched"]["page"] for hit in found} == {None, 3}
        only = hearing.post(path, json={"text": "x", "target": "audio"}).json()["hits"]
        assert [hit["id"] for hit in only] == ["bell"]

    def test_a_sound_and_a_video_weigh_together(self, hearing: TestClient, path: str) -> None:
        request = {"weights": {"audio": 1, "video": 0.1}}
        files: dict[str, Any] = {"audio": ("a", SOUND), "video": ("v", CLIP)}
        files["request"] = (None, json.dumps(request), "application/json")
        first = hearing.post(path, files=files).json()
        request["weights"] = {"audio": 0.1, "video": 1}
        files["request"] = (None, json.dumps(request), "application/json")
        second = hearing.post(path, files=files).json()
        assert [answer["hits"][0]["id"] for answer in (first, second)] == ["bell", "film"]

    @pytest.mark.parametrize(
        ("request_body", "field"),
        [
            ({"audio": "file:///etc/passwd"}, "audio"),
            ({"audio": "data:image/png;base64,aGVsbG8="}, "audio"),
            ({"video": "data:video/mp4;base64,aGVsbG8="}, "video"),
            ({"parts": [{"video": uri(SOUND, "video")}]}, "parts[0].video"),
            ({"parts": [{"audio": "med_x", "video": "med_x"}]}, "parts[0]"),
            ({"text": "x", "weights": {"audio": 1}}, "weights.audio"),
            ({"audio": "med_" + "a" * 32}, "audio"),
        ],
    )
    def test_a_recording_that_makes_no_sense_is_refused_by_field(
        self, hearing: TestClient, path: str, request_body: dict[str, Any], field: str
    ) -> None:
        answer = hearing.post(path, json=request_body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == field

    def test_a_form_refuses_what_is_no_recording_and_what_is_given_twice(
        self, hearing: TestClient, path: str
    ) -> None:
        answer = hearing.post(path, files={"audio": ("q", picture("red"))})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "audio")
        twice = {
            "request": (None, json.dumps({"video": uri(CLIP, "video")}), "application/json"),
            "video": ("q", CLIP),
        }
        answer = hearing.post(path, files=twice)
        assert "twice" in answer.json()["errors"][0]["problem"]


def test_what_the_index_cannot_hear_is_refused_naming_who_can(
    client: TestClient, shop: str
) -> None:
    answer = client.post(f"/v1/indexes/{shop}/search", json={"audio": uri(SOUND, "audio")})
    assert answer.status_code == 422
    problem = answer.json()["errors"][0]
    assert problem["field"] == "audio"
    assert "pocket embeds image, text; no configured embedder can" in problem["problem"]


class TestUpload:
    def test_a_sound_and_a_video_can_be_read_until_they_expire(self, hearing: TestClient) -> None:
        sound, video = upload(hearing, SOUND), upload(hearing, CLIP)
        assert (sound["kind"], sound["sound"], sound["width"]) == ("audio", True, 0)
        assert (video["kind"], video["sound"], video["width"]) == ("video", False, 64)
        assert sound["duration_s"] == pytest.approx(3, abs=0.1)
        assert video["expires_at"] is not None
        for media in (sound, video):
            assert hearing.get(media["thumbnail_url"]).status_code == 200

    def test_a_query_is_short(self, hearing: TestClient) -> None:
        long = tone(440.0, seconds=MediaLimits().max_query_recording_s + 1)
        answer = hearing.post("/v1/media", files={"file": ("q", long)})
        assert answer.status_code == 422
        assert answer.json()["reason"] == "too_long"
        assert answer.json()["errors"][0]["field"] == "file"

    @pytest.mark.parametrize("data", [SOUND[:40], CLIP[:200], b"OggS", b"%PDF-1.7"])
    def test_what_is_no_whole_recording_is_refused_with_a_reason(
        self, hearing: TestClient, data: bytes
    ) -> None:
        answer = hearing.post("/v1/media", files={"file": ("q", data)})
        assert answer.status_code == 422, answer.text
        assert answer.json()["reason"]
        assert answer.json()["errors"][0]["field"] == "file"


class TestEmbeddings:
    def embed(self, client: TestClient, *wanted: Any) -> list[list[float]]:
        answer = client.post("/v1/embeddings", json={"model": NAME, "input": list(wanted)})
        assert answer.status_code == 200, answer.text
        return [each["embedding"] for each in answer.json()["data"]]

    def test_every_medium_has_its_vector_and_a_mix_the_mean(self, hearing: TestClient) -> None:
        sound, video = {"audio": uri(SOUND, "audio")}, {"video": uri(CLIP, "video")}
        rows = self.embed(hearing, sound, video, "bell", sound | video | {"text": "bell"})
        mean = np.sum(rows[:3], axis=0)
        np.testing.assert_allclose(rows[3], mean / np.linalg.norm(mean), atol=1e-5)
        stored = {"audio": upload(hearing, SOUND)["id"]}
        assert self.embed(hearing, stored)[0] == pytest.approx(rows[0], abs=1e-6)

    def test_a_joint_pair_counts_for_two_beside_a_sound(self, tmp_path: Any) -> None:
        pair = {"text": "mug", "image": uri(picture("red"), "image")}
        sound = {"audio": uri(SOUND, "audio")}
        with listening(tmp_path, joint=True) as (client, _):
            joint, heard, both = self.embed(client, pair, sound, pair | sound)
        mean = 2 * np.array(joint) + np.array(heard)
        np.testing.assert_allclose(both, mean / np.linalg.norm(mean), atol=1e-5)

    def test_too_many_media_are_refused(self, hearing: TestClient) -> None:
        small = uri(tone(440.0, seconds=0.1), "audio")
        for wanted in ([{"audio": small}] * 33, [{"image": uri(b"x", "image")}] * 257):
            answer = hearing.post("/v1/embeddings", json={"model": NAME, "input": wanted})
            assert answer.status_code == 413
            assert answer.json()["errors"][0]["field"] == "input"

    def test_a_model_that_cannot_hear_is_refused_by_field(self, client: TestClient) -> None:
        body = {"model": "pocket", "input": ["x", {"video": uri(clip("red"), "video")}]}
        answer = client.post("/v1/embeddings", json=body)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "input[1].video"
