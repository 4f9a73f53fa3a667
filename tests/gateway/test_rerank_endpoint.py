"""POST /v1/rerank: in the shape of Cohere's own client, with pictures, and refused by field."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import cohere
import httpx
import numpy as np
import pytest
from cohere.errors import UnprocessableEntityError
from fastapi.testclient import TestClient

from services.core.types.vectors import Content, Purpose
from services.embedder.scorer_runtime import ScorerRuntime
from services.gateway.main import create_app
from services.search.rerank.cross_encoder import relevance
from services.wiring import Runtime
from tests.embedder.overlap import Overlap
from tests.gateway.conftest import ADDRESS, picture
from tests.gateway.running_server import serving

DOCUMENTS = ["phone case", "a red mug", "mug"]
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def reranking(runtime: Runtime) -> Iterator[Runtime]:
    """The installation with two cross-encoders, the second of which sees."""
    models = {"reads": Overlap(), "sees": Overlap(sees=True)}
    scorer = ScorerRuntime(list(models), models.__getitem__)
    yield replace(runtime, ports=replace(runtime.ports, scorer=scorer))
    scorer.close()


@pytest.fixture(scope="module")
def caller(reranking: Runtime) -> Iterator[TestClient]:
    with TestClient(create_app(reranking), base_url=ADDRESS, client=("127.0.0.1", 1)) as made:
        yield made


@pytest.fixture(scope="module")
def stock(reranking: Runtime) -> Iterator[cohere.Client]:
    with serving(create_app(reranking)) as address, httpx.Client() as connections:
        yield cohere.Client(api_key="none", base_url=address, httpx_client=connections)


@pytest.fixture
def ask(caller: TestClient) -> Ask:
    def post(**body: Any) -> Any:
        return caller.post("/v1/rerank", json={"query": "red mug", "documents": DOCUMENTS} | body)

    return post


def data_uri(colour: str) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture(colour)).decode()}"


def test_the_stock_client_gets_the_best_first(stock: cohere.Client) -> None:
    answer = stock.rerank(model="reads", query="red mug", documents=DOCUMENTS)
    assert [each.index for each in answer.results] == [1, 2, 0]
    expected = [relevance(1.0), relevance(0.0), relevance(-1.0)]
    assert [each.relevance_score for each in answer.results] == pytest.approx(expected)
    assert all(each.document is None for each in answer.results)
    assert answer.id
    assert answer.meta is not None


def test_the_stock_client_gets_so_many_with_their_documents(stock: cohere.Client) -> None:
    answer = stock.rerank(
        model="reads",
        query="red mug",
        documents=[{"text": each} for each in DOCUMENTS],
        top_n=2,
        return_documents=True,
    )
    assert [each.document.text for each in answer.results if each.document] == ["a red mug", "mug"]


def test_a_refusal_reads_well_in_the_stock_client(stock: cohere.Client) -> None:
    with pytest.raises(UnprocessableEntityError, match="cross-encoders: reads, sees"):
        stock.rerank(model="other", query="red mug", documents=DOCUMENTS)


def test_the_first_cross_encoder_is_the_default(ask: Ask) -> None:
    answer = ask()
    assert answer.status_code == 200, answer.text
    assert answer.json()["model"] == "reads"
    assert answer.json()["usage"] == {"prompt_tokens": 0, "total_tokens": 0}


def test_equal_documents_keep_their_order(ask: Ask) -> None:
    answer = ask(documents=["mug", "hat", "mug", "mug"]).json()
    assert [each["index"] for each in answer["results"]] == [0, 2, 3, 1]


def test_pictures_stand_on_either_side_by_data_uri_and_media_id(
    caller: TestClient, ask: Ask
) -> None:
    stored = caller.post("/v1/media", files={"file": ("a.png", picture("red"), "image/png")})
    documents = [{"image": data_uri("blue")}, {"text": "x", "image": data_uri("red")}, "red mug"]
    query = {"text": "mug", "image": data_uri("red")}
    answer = ask(model="sees", query=query, documents=documents, return_documents=True).json()
    assert [each["index"] for each in answer["results"]] == [1, 2, 0]
    assert answer["results"][0]["document"] == documents[1]
    assert answer["results"][1]["document"] == {"text": "red mug", "image": None}
    again = ask(model="sees", query={"image": stored.json()["id"]}, documents=["mug"])
    assert again.status_code == 200, again.text


def test_an_embedder_compares_its_vectors(ask: Ask, runtime: Runtime) -> None:
    answer = ask(model="pocket").json()
    embed = runtime.ports.embedder.embed
    (query,) = embed("pocket", [Content(text="red mug")], Purpose.QUERY)
    rows = embed("pocket", [Content(text=each) for each in DOCUMENTS], Purpose.INDEX)
    scores = {each["index"]: each["relevance_score"] for each in answer["results"]}
    expected = (1 + rows @ query) / 2
    np.testing.assert_allclose([scores[place] for place in range(3)], expected, atol=1e-6)
    assert [each["index"] for each in answer["results"]] == list(np.argsort(-expected))


def test_without_a_cross_encoder_the_answer_says_what_to_do(client: TestClient) -> None:
    answer = client.post("/v1/rerank", json={"query": "mug", "documents": ["a mug"]})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "model"
    assert "MARGAY_RERANK__CROSS_ENCODERS" in error["problem"]
    assert "pocket" in error["problem"]
    named = {"model": "pocket", "query": "mug", "documents": ["a mug"]}
    assert client.post("/v1/rerank", json=named).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"model": "other"}, 422, "model"),
        ({"query": ""}, 422, "query"),
        ({"query": {"text": " "}}, 422, "query.text"),
        ({"query": ["red"]}, 422, "query"),
        ({"query": {}}, 422, "query"),
        ({"documents": []}, 422, "documents"),
        ({"documents": "mug"}, 422, "documents"),
        ({"documents": ["mug"] * 1001}, 413, "documents"),
        ({"documents": ["mug", 3]}, 422, "documents[1]"),
        ({"documents": ["mug", ""]}, 422, "documents[1]"),
        ({"documents": [{"text": "mug", "title": "x"}]}, 422, "documents[0].title"),
        ({"documents": [{"audio": "x"}]}, 422, "documents[0].audio"),
        ({"documents": [{"image": 7}]}, 422, "documents[0].image"),
        ({"documents": [{"image": "data:image/png;base64,AAAA"}]}, 422, "documents[0].image"),
        ({"documents": ["x" * 20_001]}, 413, "documents[0]"),
        ({"query": {"image": "data:image/png;base64,AAAA"}}, 422, "query.image"),
        ({"model": "sees", "query": {"image": "http://127.0.0.1/a.png"}}, 422, "query.image"),
        ({"model": "sees", "query": {"image": "data:image/png;base64,AAAA"}}, 422, "query.image"),
        ({"model": "sees", "documents": [{"image": "somewhere"}]}, 422, "documents[0].image"),
        ({"model": "sees", "documents": ["a", {"image": "med_" + "a" * 32}]}, 422,
         "documents[1].image"),
        ({"top_n": 0}, 422, "top_n"),
        ({"top_n": "2"}, 422, "top_n"),
        ({"return_documents": "yes"}, 422, "return_documents"),
        ({"max_chunks_per_doc": 3}, 422, "max_chunks_per_doc"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_field(
    body: dict[str, Any], status: int, field: str, ask: Ask
) -> None:
    answer = ask(**body)
    assert answer.status_code == status, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_model_that_fails_is_a_503(runtime: Runtime) -> None:
    scorer = ScorerRuntime(["full"], lambda name: Overlap(room=0))
    broken = replace(runtime, ports=replace(runtime.ports, scorer=scorer))
    with TestClient(create_app(broken), base_url=ADDRESS, client=("127.0.0.1", 1)) as made:
        answer = made.post("/v1/rerank", json={"query": "mug", "documents": ["a mug"]})
    scorer.close()
    assert (answer.status_code, answer.json()["code"]) == (503, "reranker_unavailable")


def test_the_capabilities_list_them_without_loading_any(caller: TestClient) -> None:
    assert caller.get("/v1/capabilities").json()["cross_encoders"] == ["reads", "sees"]
