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
