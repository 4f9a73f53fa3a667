"""From searches and events over HTTP to click rates, judgments and an order that learned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.core.settings import Events, Settings, Stores
from services.gateway.main import create_app
from services.insight.events import learning
from services.wiring import Runtime, open_runtime
from tests.gateway.conftest import ADDRESS, ATTRIBUTES, products, send_products

CLIENTS = 40
WANTED = "black-lamp"
"""What every visitor wants, wherever it stands."""


@pytest.fixture(scope="module")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """An installation of its own: its log holds what these tests did and nothing else."""
    folder: Path = tmp_path_factory.mktemp("analytics")
    opened = open_runtime(Settings(stores=Stores(data_dir=folder), events=Events(learn_every_s=0)))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(runtime: Runtime) -> Iterator[TestClient]:
    with TestClient(create_app(runtime), base_url=ADDRESS) as client:
        yield client


@pytest.fixture(scope="module")
def shop(client: TestClient, runtime: Runtime) -> str:
    """Forty visitors looked at six lamps each, and clicked the black one."""
    assert client.put("/v1/indexes/shop", json={"attributes": ATTRIBUTES}).status_code == 201
    lamps = [each for each in products() if each["attributes"]["kind"] == "lamp"]
    assert send_products(client, "shop", lamps)["state"] == "succeeded"
    for number in range(CLIENTS):
        visit(client, f"browser-{number}")
    client.app.state.gateway.search_log.flush()  # type: ignore[attr-defined]
    return "shop"


def visit(client: TestClient, client_id: str) -> None:
    asked = {"text": "A lamp", "limit": 6, "client_id": client_id}
    page = client.post("/v1/indexes/shop/search", json=asked).json()
    about = {"query_id": page["query_id"], "client_id": client_id}
    seen = [
        {**about, "action_name": "impression", "object_id": hit["id"], "position": hit["rank"]}
        for hit in page["hits"]
    ]
    click = {**about, "action_name": "click", "object_id": WANTED}
    sent = client.post("/v1/events", json={"events": [*seen, click, click]})
    assert sent.json() == {"received": len(seen) + 2, "added": len(seen) + 1}


def get(client: TestClient, what: str, **asked: Any) -> Any:
    answer = client.get(f"/v1/analytics/{what}", params={"index": "shop", **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_clicks_are_counted_by_kind_position_and_category(client: TestClient, shop: str) -> None:
    (text,) = get(client, "clicks")["items"]
    assert text["key"] == "text"
    assert (text["searches"], text["impressions"], text["clicks"]) == (
        CLIENTS,
        6 * CLIENTS,
        CLIENTS,
    )
    assert text["ctr"]["rate"] == pytest.approx(1 / 6)
    assert (text["click_rate"], text["conversion"]) == (1.0, 0.0)
    positions = get(client, "clicks", by="position")["items"]
    assert [each["key"] for each in positions] == list("123456")
    assert sum(each["clicks"] for each in positions) == CLIENTS
    colours = get(client, "clicks", by="category", attribute="colour")["items"]
    assert {each["key"]: each["clicks"] for each in colours if each["clicks"]} == {"black": CLIENTS}


def test_all_indexes_are_compared_without_naming_one(client: TestClient, shop: str) -> None:
    answer = client.get("/v1/analytics/clicks", params={"by": "index"})
    assert [each["key"] for each in answer.json()["items"]] == ["shop"]


def test_texts_are_counted_whatever_their_case(client: TestClient, shop: str) -> None:
    (found,) = get(client, "queries")["items"]
    assert found == {
        "text": "a lamp",
        "searches": CLIENTS,
        "none_found": 0,
        "click_rate": 1.0,
        "clicks": CLIENTS,
    }


def test_clicks_become_graded_answers(client: TestClient, shop: str) -> None:
    (judged,) = get(client, "judgments")["queries"]
    assert judged["text"] == "a lamp"
    assert judged["grades"] == {f"{each}-lamp": 3 * (each == "black") for each in COLOURS}
    assert get(client, "judgments", least_clients=CLIENTS + 1)["queries"] == []


COLOURS = ("red", "green", "blue", "yellow", "black", "white")


def test_what_was_learned_moves_the_hits_of_a_formula_that_asks_for_it(
    client: TestClient, runtime: Runtime, shop: str
) -> None:
    assert get(client, "documents") == {"at": None, "items": []}
    learning.learn(runtime.ports, shop)
    learned = get(client, "documents")
    assert learned["items"][0]["id"] == WANTED
    assert learned["items"][0]["ctr"] > learned["items"][1]["ctr"]
    assert learned["at"] is not None
    formula = [{"stage": "signals", "weights": {"ctr": 20}, "max_places": 20}]
    asked = {"text": "A lamp", "limit": 6, "rerank": formula}
    found = client.post("/v1/indexes/shop/search", json=asked).json()
    assert found["hits"][0]["id"] == WANTED
    assert found["hits"][0]["rerank"]["terms"] == {"ctr": 20.0}


def test_propensities_are_set_and_forgotten_by_hand(client: TestClient, shop: str) -> None:
    path = f"/v1/indexes/{shop}/propensities"
    client.delete(path)
    assert client.get(path).json() == {"source": "none", "by_position": [1.0], "at": None}
    before = get(client, "clicks")["items"][0]["corrected_ctr"]["rate"]
    done = client.put(path, json={"by_position": [1, 0.5, 0.25]})
    assert done.status_code == 200
    assert client.get(path).json() == done.json()
    assert (done.json()["source"], done.json()["by_position"]) == ("set", [1.0, 0.5, 0.25])
    assert get(client, "clicks")["items"][0]["corrected_ctr"]["rate"] > before
    assert client.delete(path).status_code == 204
    assert client.get(path).json()["source"] == "none"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ([0.9, 0.5], "by_position[0]"),
        ([1, 0], "by_position[1]"),
        ([1, 1.5], "by_position[1]"),
        ([], "by_position"),
        ([1.0] * 51, "by_position"),
        (["1"], "by_position[0]"),
    ],
)
def test_propensities_that_make_no_sense_are_refused(
    client: TestClient, shop: str, values: list[Any], field: str
) -> None:
    answer = client.put(f"/v1/indexes/{shop}/propensities", json={"by_position": values})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("path", "asked", "status", "field"),
    [
        ("clicks", {"by": "kind"}, 422, "index"),
        ("clicks", {"by": "weather", "index": "shop"}, 422, "by"),
        ("clicks", {"by": "category", "index": "shop", "attribute": "price"}, 422, "attribute"),
        ("clicks", {"index": "shop", "days": 0}, 422, "days"),
        ("queries", {}, 422, "index"),
        ("clicks", {"index": "gone"}, 404, None),
        ("queries", {"index": "gone"}, 404, None),
        ("documents", {"index": "gone"}, 404, None),
        ("judgments", {"index": "gone"}, 404, None),
    ],
)
def test_what_cannot_be_told_is_refused_by_name(
    client: TestClient, shop: str, path: str, asked: dict[str, Any], status: int, field: str | None
) -> None:
    answer = client.get(f"/v1/analytics/{path}", params=asked)
    assert answer.status_code == status, answer.text
    assert [each["field"] for each in answer.json()["errors"]] == ([] if field is None else [field])


def test_without_an_impression_there_is_no_rate(client: TestClient) -> None:
    """What was clicked was seen, and nobody says what else was: a rate of 1 would be no rate."""
    assert client.put("/v1/indexes/mute", json={"attributes": ATTRIBUTES}).status_code == 201
    assert send_products(client, "mute", products())["state"] == "succeeded"
    page = client.post("/v1/indexes/mute/search", json={"text": "a lamp", "client_id": "a"}).json()
    about = {"query_id": page["query_id"], "client_id": "a", "object_id": page["hits"][0]["id"]}
    events = [{**about, "action_name": each} for each in ("click", "purchase")]
    client.post("/v1/events", json={"events": events}).raise_for_status()
    client.app.state.gateway.search_log.flush()  # type: ignore[attr-defined]
    (text,) = get(client, "clicks", index="mute")["items"]
    assert (text["clicks"], text["ctr"], text["corrected_ctr"]) == (1, None, None)
    assert (text["click_rate"], text["conversion"]) == (1.0, 1.0), "these are of searches"
    (first,) = get(client, "clicks", index="mute", by="position")["items"]
    assert (first["clicks"], first["ctr"], first["conversion"]) == (1, None, None)
    client.delete("/v1/indexes/mute", params={"confirm": "mute"}).raise_for_status()
