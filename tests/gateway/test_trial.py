"""Searches while experiments run: who sees what, what is logged, and that none fails."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from fastapi.testclient import TestClient

from services.core.types.events import LoggedSearch
from services.gateway.state import Gateway
from services.search import pipeline
from services.search.hits import SearchResponse
from services.wiring import Runtime
from tests.gateway.conftest import Begin
from tests.gateway.test_search import ids, search


def logged(client: TestClient, runtime: Runtime, found: dict[str, Any]) -> LoggedSearch:
    gateway: Gateway = client.app.state.gateway  # type: ignore[attr-defined]
    gateway.search_log.flush()
    with runtime.ports.database.read() as work:
        return work.searches.get([found["query_id"]])[found["query_id"]]


def of_variant(client: TestClient, shop: str, variant: str, **asked: Any) -> str:
    """A client who sees the variant."""
    for number in range(200):
        found = search(client, shop, text="lamp", client_id=f"c{number}", **asked)
        if found["experiment"] and found["experiment"]["variant"] == variant:
            return f"c{number}"
    raise AssertionError(f"nobody sees {variant}")


def test_a_client_sees_its_variant_every_time(client: TestClient, shop: str, begin: Begin) -> None:
    begin("sticky", None, "pinned")
    plain = ids(search(client, shop, text="lamp"))
    seen = Counter[str]()
    for number in range(60):
        asked = {"text": "lamp", "client_id": f"client-{number}"}
        found, again = (search(client, shop, **asked) for _ in range(2))
        assert found["experiment"] == again["experiment"]
        variant = found["experiment"]["variant"]
        seen[variant] += 1
        if variant == "v0":
            assert ids(found) == plain
        else:
            assert ids(found)[0] == "white-lamp"
    assert min(seen["v0"], seen["v1"]) > 10


def test_every_page_is_logged_with_its_variant(
    client: TestClient, runtime: Runtime, shop: str, begin: Begin
) -> None:
    begin("told", None, "pinned")
    someone = of_variant(client, shop, "v1")
    found = search(client, shop, text="lamp", client_id=someone, limit=3)
    noted = logged(client, runtime, found)
    assert (noted.experiment, noted.variant, noted.configuration) == ("told", "v1", "pinned")
    assert noted.client is not None
    assert noted.client.startswith("cl_")
    assert noted.client != someone
    assert list(noted.shown) == ids(found)


@pytest.mark.parametrize(
    ("asked", "headers"),
    [
        ({}, {}),
        ({"client_id": "someone", "configuration": "words-only"}, {}),
        ({"client_id": "someone"}, {"DNT": "1"}),
        ({"client_id": "someone"}, {"User-Agent": "Googlebot/2.1"}),
        # The search itself says how to rerank: both variants would be the same.
        ({"client_id": "someone", "rerank": []}, {}),
    ],
)
def test_some_searches_are_of_no_experiment(
    client: TestClient, shop: str, begin: Begin, asked: dict[str, Any], headers: dict[str, str]
) -> None:
    begin("choosy", None, "pinned")
    answer = client.post(
        f"/v1/indexes/{shop}/search", json={"text": "lamp"} | asked, headers=headers
    )
    assert answer.json()["experiment"] is None


def test_variants_that_are_meant_to_be_equal_are_tried(
    client: TestClient, shop: str, begin: Begin
) -> None:
    begin("a-a", None, None)
    found = search(client, shop, text="lamp", client_id="someone")
    assert found["experiment"]["name"] == "a-a"


def test_a_client_outside_the_traffic_is_left_alone(
    client: TestClient, shop: str, begin: Begin
) -> None:
    begin("few", None, "pinned", traffic=0.2)
    took = sum(
        search(client, shop, text="lamp", limit=1, client_id=f"c{number}")["experiment"] is not None
        for number in range(100)
    )
    assert 5 < took < 40


def test_a_variant_that_fails_is_answered_by_control_and_told(
    client: TestClient, runtime: Runtime, shop: str, begin: Begin
) -> None:
    begin("broken", "pinned", "lost")
    control = ids(search(client, shop, text="lamp", limit=4, configuration="pinned"))
    someone = of_variant(client, shop, "v1")
    found = search(client, shop, text="lamp", client_id=someone, limit=4)
    assert ids(found) == control
    assert found["experiment"] == {"name": "broken", "variant": "v1", "failure": "not_found"}
    noted = logged(client, runtime, found)
    assert (noted.variant, noted.configuration) == ("v1", "pinned")
    second = search(
        client, shop, text="lamp", client_id=someone, limit=4, cursor=found["next_cursor"]
    )
    assert not set(ids(second)) & set(control)


@pytest.mark.parametrize("kind", ["ab", "interleaving"])
def test_where_no_variant_answers_the_search_is_as_without(
    client: TestClient, shop: str, begin: Begin, kind: str
) -> None:
    plain = search(client, shop, text="lamp", limit=5)
    begin("hopeless", "lost", "lost", kind=kind)
    found = search(client, shop, text="lamp", client_id="someone", limit=5)
    assert ids(found) == ids(plain)
    assert found["experiment"]["failure"] == "not_found"
    second = search(
        client, shop, text="lamp", client_id="someone", limit=5, cursor=found["next_cursor"]
    )
    assert ids(second) == ids(search(client, shop, text="lamp", limit=5, offset=5))


def test_an_interleaved_page_shows_both_and_logs_whose_each_hit_is(
    client: TestClient, runtime: Runtime, shop: str, begin: Begin
) -> None:
    by_words = ids(search(client, shop, text="a red lamp", configuration="words-only", limit=8))
    pinned = ids(search(client, shop, text="a red lamp", configuration="pinned", limit=8))
    begin("both", "words-only", "pinned", kind="interleaving")
    leaders = set()
    for number in range(30):
        found = search(client, shop, text="a red lamp", client_id=f"c{number}", limit=8)
        assert found["experiment"] == {"name": "both", "variant": None, "failure": None}
        noted = logged(client, runtime, found)
        assert noted.variant is None
        assert noted.teams is not None
        assert len(noted.teams) == len(found["hits"]) == 8
        tops = {"v0": by_words, "v1": pinned}
        assert all(hit in tops[team] for hit, team in zip(ids(found), noted.teams, strict=True))
        counted = Counter(noted.teams)
        assert abs(counted["v0"] - counted["v1"]) <= 1
        leaders.add(ids(found)[0])
    assert leaders == {by_words[0], pinned[0]}


def test_both_rankings_are_made_at_the_same_time(
    client: TestClient, shop: str, begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin("both", "words-only", "pinned", kind="interleaving")
    together = threading.Barrier(2)
    plain = pipeline.search

    def meeting(*asked: Any, **ports: Any) -> SearchResponse:
        together.wait(30)  # one after the other they would break it
        return plain(*asked, **ports)

    monkeypatch.setattr(pipeline, "search", meeting)
    found = search(client, shop, text="a red lamp", client_id="someone", limit=4)
    assert found["experiment"]["failure"] is None
    assert len(found["hits"]) == 4


def test_an_interleaving_whose_other_variant_fails_is_control_alone(
    client: TestClient, runtime: Runtime, shop: str, begin: Begin
) -> None:
    begin("half", "words-only", "lost", kind="interleaving")
    control = ids(search(client, shop, text="a red lamp", configuration="words-only", limit=6))
    asked = {"text": "a red lamp", "client_id": "someone", "limit": 3}
    found = search(client, shop, **asked)
    assert found["experiment"]["failure"] == "not_found"
    assert logged(client, runtime, found).teams is None
    second = search(client, shop, cursor=found["next_cursor"], **asked)
    assert ids(found) + ids(second) == control


@pytest.mark.parametrize(
    "asked",
    [{"sort": {"by": "price"}}, {"group_by": "view"}, {"max_per": {"colour": 1}}],
)
def test_what_cannot_be_interleaved_is_left_alone(
    client: TestClient, shop: str, begin: Begin, asked: dict[str, Any]
) -> None:
    begin("both", None, "pinned", kind="interleaving")
    assert search(client, shop, text="lamp", client_id="c", **asked)["experiment"] is None


def test_of_two_layers_the_first_started_has_the_search(
    client: TestClient, shop: str, begin: Begin
) -> None:
    begin("older", None, "pinned", layer="one", traffic=0.5)
    begin("newer", None, "words-only", layer="two")
    names = {
        search(client, shop, text="lamp", limit=1, client_id=f"c{number}")["experiment"]["name"]
        for number in range(30)
    }
    assert names == {"older", "newer"}


def test_what_a_request_has_wrong_is_named_as_ever(
    client: TestClient, shop: str, begin: Begin
) -> None:
    begin("strict", "words-only", "pinned", kind="interleaving")
    for wrong, field in (
        ({"limit": 101}, "limit"), ({"filter": {"size": 3}}, "size"), ({"text": " "}, "text"),
    ):  # fmt: skip
        body = {"text": "lamp", "client_id": "someone"} | wrong
        answer = client.post(f"/v1/indexes/{shop}/search", json=body)
        assert answer.status_code == 422
        assert field in answer.json()["errors"][0]["field"]


def test_more_like_a_document_takes_part_too(client: TestClient, shop: str, begin: Begin) -> None:
    begin("alike", None, "pinned")
    answers = [
        client.post(
            f"/v1/indexes/{shop}/documents/red-mug/similar", json={"client_id": f"c{number}"}
        ).json()
        for number in range(20)
    ]
    tops = {each["experiment"]["variant"]: ids(each)[0] for each in answers}
    assert tops["v1"] == "white-lamp"
    assert tops["v0"] != "white-lamp"
