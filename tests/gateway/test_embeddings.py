"""Embeddings in OpenAI's shape, asked for by OpenAI's own client through a real server."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openai
import pytest
from fastapi.testclient import TestClient

from services.core.errors import EmbedderDown
from services.core.types.vectors import Content, EmbedderInfo, Purpose
from services.gateway.main import create_app
from services.wiring import Runtime
from tests.gateway.conftest import picture
from tests.gateway.listening import listening
from tests.gateway.running_server import serving
from tests.search.shop import Senses


@pytest.fixture(scope="module")
def stock(runtime: Runtime) -> Iterator[openai.OpenAI]:
    with serving(create_app(runtime)) as address:
        made = openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
        yield made
        made.close()


def test_the_stock_client_gets_the_embedders_own_vectors(
    stock: openai.OpenAI, runtime: Runtime
) -> None:
    answer = stock.embeddings.create(model="pocket", input=["a red mug", "a lamp"])
    own = runtime.ports.embedder.embed(
        "pocket", [Content(text="a red mug"), Content(text="a lamp")], Purpose.INDEX
    )
    assert [item.index for item in answer.data] == [0, 1]
    np.testing.assert_allclose([item.embedding for item in answer.data], own, atol=1e-6)
    assert answer.model == "pocket"
    assert answer.object == "list"


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_both_encodings_carry_the_same_numbers(stock: openai.OpenAI, encoding: Any) -> None:
    plain = stock.embeddings.create(model="pocket", input="a lamp", dimensions=64)
    encoded = stock.embeddings.create(
        model="pocket", input="a lamp", dimensions=64, encoding_format=encoding, user="u"
    )
    value: Any = encoded.data[0].embedding
    if encoding == "base64":
        value = np.frombuffer(base64.b64decode(value), dtype="<f4")
    np.testing.assert_allclose(value, plain.data[0].embedding, atol=1e-6)
    assert len(value) == 64
    assert np.linalg.norm(value) == pytest.approx(1, abs=1e-5)


def test_a_refusal_reads_well_in_the_stock_client(stock: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="token"):
        stock.embeddings.create(model="pocket", input=[1, 2, 3])
    with pytest.raises(openai.UnprocessableEntityError, match="model"):
        stock.embeddings.create(model="nobody", input="x")


def test_pictures_and_words_are_embedded_side_by_side(client: TestClient) -> None:
    uri = "data:image/png;base64," + base64.b64encode(picture("red")).decode()
    body = {"model": "pocket", "input": ["words", {"image": uri}, {"text": "words"}]}
    data = client.post("/v1/embeddings", json=body).json()["data"]
    assert data[0]["embedding"] == pytest.approx(data[2]["embedding"], abs=1e-6)
    assert data[0]["embedding"] != pytest.approx(data[1]["embedding"], abs=1e-2)
    pair = client.post(
        "/v1/embeddings", json={"model": "pocket", "input": [{"text": "words", "image": uri}]}
    ).json()["data"][0]["embedding"]
    mean = np.add(data[0]["embedding"], data[1]["embedding"])
    np.testing.assert_allclose(pair, mean / np.linalg.norm(mean), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"input": ""}, "input"),
        ({"input": []}, "input"),
        ({"input": ["x", ""]}, "input[1]"),
        ({"input": [[1, 2]]}, "input[0]"),
        ({"input": [1]}, "input[0]"),
        ({"input": [{"sound": "x"}]}, "input[0].sound"),
        ({"input": [{}]}, "input[0]"),
        ({"input": [{"text": 1}]}, "input[0].text"),
        ({"input": [{"image": "nowhere"}]}, "input[0].image"),
        ({"input": [{"image": "data:image/png;base64,aGVsbG8="}]}, "input[0].image"),
        ({"input": [{"image": "med_" + "a" * 32}]}, "input[0].image"),
        ({"input": ["x"] * 2049}, "input"),
        ({"input": 5}, "input"),
        ({"dimensions": 5}, "dimensions"),
        ({"encoding_format": "int8"}, "encoding_format"),
        ({"model": "nobody"}, "model"),
        ({"model": 5}, "model"),
        ({"speed": 1}, "speed"),
    ],
)
def test_what_cannot_be_embedded_is_refused_by_field(
    client: TestClient, change: dict[str, Any], field: str
) -> None:
    body = {"model": "pocket", "input": "x"} | change
    answer = client.post(
        "/v1/embeddings", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (413, 415, 422), answer.text
    assert answer.json()["errors"][0]["field"] == field


def test_capabilities_name_the_embedders_and_the_limits(
    client: TestClient, runtime: Runtime
) -> None:
    answer = client.get("/v1/capabilities").json()
    assert answer["default_embedder"] == "pocket"
    pocket = next(each for each in answer["embedders"] if each["name"] == "pocket")
    assert pocket["modalities"] == ["image", "text"]
    assert pocket["dimensions"] == [256, 128, 64]
    assert (pocket["available"], pocket["reason"], pocket["hears_video"]) == (True, None, False)
    assert [each["dimensions"] for each in pocket["storage"]] == [256, 128, 64]
    assert pocket["storage"][0]["bytes_per_view"] == 4 * 256 + 145
    assert pocket["storage"][0]["gib_per_million_views"] == 1.09
    assert set(pocket["suggested_min_score"]) == {"text", "image", "composed"}
    assert all(0 < cut < 1 for cut in pocket["suggested_min_score"].values())
    assert answer["limits"]["max_request_bytes"] == runtime.settings.server.max_request_bytes
    longest = runtime.settings.media.max_query_recording_s
    assert answer["limits"]["max_query_recording_s"] == longest
    assert answer["version"]


def test_an_embedder_that_cannot_be_loaded_is_listed_with_the_reason(tmp_path: Path) -> None:
    with listening(tmp_path, cls=Broken, others=("gone",)) as (client, _):
        answer = client.get("/v1/capabilities")
    assert answer.status_code == 200
    here, gone = answer.json()["embedders"]
    assert (here["name"], here["available"], here["modalities"]) == (
        "hashing",
        True,
        ["audio", "image", "text", "video"],
    )
    assert (gone["name"], gone["available"]) == ("gone", False)
    assert gone["reason"] == "its weights are gone"
    assert (gone["fingerprint"], gone["modalities"], gone["storage"]) == (None, [], [])


class Broken(Senses):
    """One of its embedders cannot be loaded."""

    def info(self, embedder: str) -> EmbedderInfo:
        if embedder == "gone":
            raise EmbedderDown("its weights are gone")
        return super().info(embedder)
