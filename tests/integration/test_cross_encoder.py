"""A cross-encoder from the setting to the answer: real files, network and installation."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sentence_transformers import CrossEncoder

from services.core.settings import Models, Rerank, Settings, Stores
from services.gateway.main import create_app
from services.wiring import open_runtime
from tests.gateway.conftest import ADDRESS, products, send_products
from tests.models.cross_encoder import tiny_rerankers

# transformers leaves the files of further chat templates open.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*chat_templates:ResourceWarning")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_rerankers.qwen3_vl(tmp_path_factory.mktemp("rerankers") / "qwen3_vl")


@pytest.fixture(scope="module")
def client(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(
        stores=Stores(data_dir=tmp_path_factory.mktemp("data")),
        models=Models(device="cpu"),
        rerank=Rerank(cross_encoders=(f"cross-encoder:{weights}",)),
    )
    runtime = open_runtime(settings)
    with TestClient(create_app(runtime), base_url=ADDRESS) as made:
        assert made.put("/v1/indexes/shop", json={}).status_code == 201
        plain = [{**each, "attributes": {}} for each in products()]
        assert send_products(made, "shop", plain)["state"] == "succeeded"
        yield made
    runtime.close()


def test_the_endpoint_answers_with_the_librarys_own_relevance(
    client: TestClient, weights: Path
) -> None:
    documents = ["A red mug", "A lamp", "This mug is blue and stands on a table"]
    answer = client.post("/v1/rerank", json={"query": "red mug", "documents": documents})
    assert answer.status_code == 200, answer.text
    scores = {each["index"]: each["relevance_score"] for each in answer.json()["results"]}
    model = CrossEncoder(str(weights), device="cpu", local_files_only=True)
    theirs = model.predict([("red mug", each) for each in documents], show_progress_bar=False)
    np.testing.assert_allclose([scores[place] for place in range(3)], theirs, atol=1e-5)


def test_a_search_is_ordered_by_it(client: TestClient) -> None:
    asked = {"text": "red mug", "rerank": [{"stage": "cross_encoder"}], "limit": 12}
    found = client.post("/v1/indexes/shop/search", json={**asked, "deadline_ms": 60_000}).json()
    (report,) = found["rerank"]
    assert (report["stage"], report["status"]) == ("cross_encoder", "applied")
    relevance = [hit["rerank"]["terms"]["relevance"] for hit in found["hits"]]
    assert len(relevance) == 12
    assert relevance == sorted(relevance, reverse=True)
    assert len({hit["id"] for hit in found["hits"]}) == 12
    ranks = [hit["first_stage"]["rank"] for hit in found["hits"]]
    assert sorted(ranks) == list(range(1, 13))
    assert ranks != sorted(ranks)
