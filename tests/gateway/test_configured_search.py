"""Searches by a saved configuration over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from services.core.types.configurations import Configuration
from services.core.types.rerank import RerankSpec, SignalsSpec
from services.gateway.ask import chosen
from services.gateway.schemas.search import SearchIn
from services.wiring import Runtime
from tests.gateway.test_search import ids, search

LAMPS_FIRST = RerankSpec((SignalsSpec(pin=("white-lamp",)),))


@pytest.fixture(scope="module")
def saved(runtime: Runtime) -> Iterator[str]:
    name = "lamps-first"
    made = Configuration(name, target="text", hybrid=1.0, rerank=LAMPS_FIRST)
    with runtime.ports.database.work() as work:
        work.configurations.put(made, now=runtime.ports.clock())
    yield name
    with runtime.ports.database.work() as work:
        work.configurations.remove(name)


def test_a_search_does_as_its_configuration_says(client: TestClient, shop: str, saved: str) -> None:
    by_itself = search(client, shop, text="lamp", limit=6)
    found = search(client, shop, text="lamp", limit=6, configuration=saved)
    assert ids(found)[0] == "white-lamp"
    assert ids(found) != ids(by_itself)
    assert [stage["status"] for stage in found["rerank"]] == ["applied"]


def test_what_the_search_says_itself_wins(client: TestClient, shop: str, saved: str) -> None:
    found = search(client, shop, text="lamp", limit=6, configuration=saved, rerank=[])
    assert found["rerank"] == []


def test_pages_by_a_configuration_follow_each_other(
    client: TestClient, shop: str, saved: str
) -> None:
    asked = {"text": "lamp", "configuration": saved}
    whole = ids(search(client, shop, limit=6, **asked))
    first = search(client, shop, limit=3, **asked)
    second = search(client, shop, limit=3, cursor=first["next_cursor"], **asked)
    assert ids(first) + ids(second) == whole
    assert [hit["rank"] for hit in second["hits"]] == [4, 5, 6]


def test_a_similar_search_takes_a_configuration(client: TestClient, shop: str, saved: str) -> None:
    path = f"/v1/indexes/{shop}/documents/red-mug/similar"
    found = client.post(path, json={"limit": 12, "configuration": saved}).json()
    assert ids(found)[0] == "white-lamp"
    assert "red-mug" not in ids(found)


def test_the_default_configuration_makes_no_choice(client: TestClient, shop: str) -> None:
    plain = search(client, shop, text="lamp", limit=6)
    assert ids(search(client, shop, text="lamp", limit=6, configuration="default")) == ids(plain)


def test_an_unknown_configuration_is_named(client: TestClient, shop: str) -> None:
    answer = client.post(
        f"/v1/indexes/{shop}/search", json={"text": "mug", "configuration": "absent"}
    )
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["configuration"]


@pytest.mark.parametrize("client_id", ["", "two words", "x" * 129, "é"])
def test_a_client_id_is_visible_ascii(client: TestClient, shop: str, client_id: str) -> None:
    asked = {"text": "mug", "client_id": client_id}
    answer = client.post(f"/v1/indexes/{shop}/search", json=asked)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["client_id"]


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        ({}, set()),
        ({"target": "any", "min_score": 0.1}, {"target", "min_score"}),
        ({"min_score": None, "rerank": None}, set()),
        ({"deadline_ms": 100}, {"rerank"}),
        ({"hybrid": {"lexical": 0.2}}, {"hybrid", "rrf_k"}),
        ({"fusion": "mean"}, {"fusion"}),
        ({"fusion": {"text": 2.0}}, {"weights"}),
        ({"weights": {"text": 2.0}, "understand": False}, {"weights", "understand"}),
        ({"parts": [{"text": "a"}, {"text": "b", "weight": 1.0}]}, {"weights"}),
        ({"parts": [{"text": "a"}]}, set()),
    ],
)
def test_what_a_caller_chose_is_what_it_sent(asked: dict[str, object], fields: set[str]) -> None:
    assert set(chosen(SearchIn.model_validate({"text": "a"} | asked))) == fields
