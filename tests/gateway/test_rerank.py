"""The cascade over HTTP: asked for stage by stage, checked by name, reported in the answer."""

import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.usefixtures("shop")
SEARCH = "/v1/indexes/shop/search"


def test_signals_move_hits_and_say_by_what(client: TestClient) -> None:
    plain = client.post(SEARCH, json={"text": "a mug", "limit": 12}).json()
    assert plain["rerank"] == []
    assert all(hit["rerank"] is None for hit in plain["hits"])
    last = plain["hits"][-1]["id"]
    stage = {"stage": "signals", "weights": {"popularity": 2}, "pin": [last]}
    asked = {"text": "a mug", "limit": 12, "rerank": [stage], "deadline_ms": 2000}
    found = client.post(SEARCH, json=asked).json()
    assert sorted(hit["id"] for hit in found["hits"]) == sorted(hit["id"] for hit in plain["hits"])
    top = found["hits"][0]
    assert top["id"] == last
    assert top["first_stage"]["rank"] == len(plain["hits"])
    assert top["rerank"]["rank"] == 1
    assert set(top["rerank"]["terms"]) <= {"popularity"}
    (report,) = found["rerank"]
    assert (report["stage"], report["status"], report["repairs"]) == ("signals", "applied", {})


def test_a_stage_that_is_not_there_is_reported_and_costs_nothing(client: TestClient) -> None:
    asked = {"text": "a mug", "rerank": [{"stage": "vlm"}]}
    answer = client.post(SEARCH, json=asked)
    assert answer.status_code == 200
    (report,) = answer.json()["rerank"]
    assert report["status"] == "unavailable"
    assert "MARGAY_RERANK__VLM_URL" in report["detail"]
    assert len(answer.json()["hits"]) == 10


def test_a_similar_search_can_be_reranked(client: TestClient) -> None:
    asked = {"rerank": [{"stage": "signals", "weights": {"recency": 1}}]}
    found = client.post("/v1/indexes/shop/documents/red-mug/similar", json=asked).json()
    assert found["rerank"][0]["status"] == "applied"


def test_the_stages_are_counted(client: TestClient) -> None:
    client.post(SEARCH, json={"text": "a mug", "rerank": [{"stage": "signals"}]})
    shown = client.get("/metrics").text
    assert 'margay_rerank_stage_seconds_count{stage="signals",status="applied"}' in shown


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"rerank": [{"stage": "magic"}]}, "rerank[0]"),
        ({"rerank": [{"stage": "vlm", "tops": 3}]}, "rerank[0].vlm.tops"),
        ({"rerank": [{"stage": "vlm", "top": 17}]}, "rerank[0].top"),
        ({"rerank": [{"stage": "vlm", "blend": 1.5}]}, "rerank[0].blend"),
        ({"rerank": [{"stage": "vlm", "passes": 0}]}, "rerank[0].passes"),
        ({"rerank": [{"stage": "signals", "weights": {"luck": 1}}]}, "rerank[0].weights.luck"),
        ({"rerank": [{"stage": "signals", "weights": {"margin": 99}}]}, "rerank[0].weights.margin"),
        ({"rerank": [{"stage": "cross_encoder", "top": 0}]}, "rerank[0].top"),
        ({"rerank": [{"stage": "signals"}] * 7}, "rerank"),
        ({"rerank": [{"stage": "signals"}], "deadline_ms": 1}, "deadline_ms"),
        ({"deadline_ms": 500}, "deadline_ms"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    client: TestClient, asked: dict[str, object], field: str
) -> None:
    answer = client.post(SEARCH, json={"text": "a mug", **asked})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_an_index_has_a_default_cascade_that_a_search_can_replace_or_refuse(
    client: TestClient, shop: str
) -> None:
    stage = {"stage": "signals", "weights": {"popularity": 3.0}, "pin": ["blue-lamp"]}
    changed = client.patch(f"/v1/indexes/{shop}", json={"rerank": {"stages": [stage]}})
    try:
        assert changed.status_code == 200, changed.text
        shown = client.get(f"/v1/indexes/{shop}").json()["rerank"]
        assert shown == changed.json()["rerank"]
        assert shown["deadline_ms"] == 8000
        assert shown["stages"][0] == {
            **stage, "top": 50, "max_places": 3.0, "out_of_stock_last": False, "bury": []
        }  # fmt: skip
        by_default = client.post(SEARCH, json={"text": "a mug"}).json()
        assert by_default["hits"][0]["id"] == "blue-lamp"
        assert [report["stage"] for report in by_default["rerank"]] == ["signals"]
        none = client.post(SEARCH, json={"text": "a mug", "rerank": []}).json()
        assert none["rerank"] == []
        own = client.post(SEARCH, json={"text": "a mug", "rerank": [{"stage": "vlm"}]}).json()
        assert [report["stage"] for report in own["rerank"]] == ["vlm"]
    finally:
        assert client.patch(f"/v1/indexes/{shop}", json={"rerank": None}).json()["rerank"] is None
    assert client.post(SEARCH, json={"text": "a mug"}).json()["rerank"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "rerank"),
        ({"rerank": {"stages": [{"stage": "vlm", "top": 99}]}}, "rerank.stages[0].top"),
        ({"rerank": {"stages": [], "deadline_ms": 1}}, "rerank.deadline_ms"),
        ({"rerank": None, "embedder": "other"}, "embedder"),
    ],
)
def test_a_default_that_makes_no_sense_is_refused(
    client: TestClient, shop: str, body: dict[str, object], field: str
) -> None:
    answer = client.patch(f"/v1/indexes/{shop}", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_no_index_no_default(client: TestClient) -> None:
    assert client.patch("/v1/indexes/nowhere", json={"rerank": None}).status_code == 404
