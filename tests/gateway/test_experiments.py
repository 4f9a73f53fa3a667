"""Experiments over HTTP: what a draft must be, when it starts and stops, and its sample size."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

PATH = "/v1/experiments"
VARIANTS = [
    {"name": "control", "configuration": "default"},
    {"name": "words", "configuration": "words"},
]


@pytest.fixture
def index(client: TestClient, shop: str) -> Iterator[str]:
    """The shop, with a configuration `words`; experiments of it are gone afterwards."""
    saved = client.put("/v1/configurations/words", json={"hybrid": {"lexical": 1.0}})
    assert saved.status_code in (200, 201)
    yield shop
    for each in client.get(PATH).json()["items"]:
        if each["state"] == "running":
            client.post(f"{PATH}/{each['name']}/stop")
        assert client.delete(f"{PATH}/{each['name']}").status_code == 204
    client.delete("/v1/configurations/words")


def draft(client: TestClient, index: str, name: str = "bolder", **changes: Any) -> dict[str, Any]:
    body = {"name": name, "index": index, "variants": VARIANTS} | changes
    answer = client.post(PATH, json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{PATH}/{name}"
    made: dict[str, Any] = answer.json()
    return made


def test_a_draft_says_everything_it_will_do(client: TestClient, index: str) -> None:
    made = draft(client, index, traffic=0.25, goal="purchase", max_latency_ratio=1.5)
    assert made == client.get(f"{PATH}/bolder").json()
    assert (made["state"], made["buckets"], made["traffic"]) == ("draft", None, 0.25)
    assert made["variants"] == [
        {"name": "control", "configuration": None, "share": 0.5},
        {"name": "words", "configuration": "words", "share": 0.5},
    ]
    assert made["analysis"] == "always_valid"
    assert made["started_at"] is None


def test_drafts_are_listed_by_index_and_state(client: TestClient, index: str) -> None:
    draft(client, index, "first")
    draft(client, index, "second", layer="another")
    client.post(f"{PATH}/first/start")

    def named(**only: str) -> list[str]:
        return [each["name"] for each in client.get(PATH, params=only).json()["items"]]

    assert set(named()) == {"first", "second"}
    assert named(state="running") == ["first"]
    assert named(index="absent") == []
    assert client.get(PATH, params={"state": "asleep"}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"index": "absent"}, "index"),
        ({"variants": [{"name": "a"}, {"name": "b", "configuration": "absent"}]},
         "variants[1].configuration"),
        ({"variants": [{"name": "a"}, {"name": "a"}]}, "variants[1].name"),
        ({"variants": [{"name": "a", "share": 0.5}, {"name": "b"}]}, "variants[1].share"),
        ({"variants": [{"name": "a"}]}, "variants"),
        ({"kind": "interleaving", "variants": [{"name": n} for n in "abc"]}, "variants"),
        ({"traffic": 0}, "traffic"),
        ({"traffic": 1.5}, "traffic"),
        ({"query_set": "absent"}, "query_set"),
        ({"goal": "fame"}, "goal"),
        ({"bucket_from": 5}, "bucket_from"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_draft_is_named(
    client: TestClient, index: str, changes: dict[str, Any], field: str
) -> None:
    body = {"name": "wrong", "index": index, "variants": VARIANTS} | changes
    answer = client.post(PATH, json=body)
    assert answer.status_code == 422, answer.text
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_name_is_taken_once(client: TestClient, index: str) -> None:
    draft(client, index)
    again = client.post(PATH, json={"name": "bolder", "index": index, "variants": VARIANTS})
    assert again.status_code == 409


def test_an_experiment_starts_and_stops_once(client: TestClient, index: str) -> None:
    draft(client, index, traffic=0.3)
    started = client.post(f"{PATH}/bolder/start").json()
    assert (started["state"], started["buckets"]) == ("running", [0, 3000])
    assert client.post(f"{PATH}/bolder/start").status_code == 409
    assert client.delete(f"{PATH}/bolder").status_code == 409
    stopped = client.post(f"{PATH}/bolder/stop").json()
    assert (stopped["state"], stopped["started_at"]) == ("stopped", started["started_at"])
    assert stopped["stopped_at"] is not None
    assert client.post(f"{PATH}/bolder/stop").status_code == 409
    assert client.post(f"{PATH}/bolder/start").status_code == 409


def test_a_layer_has_room_for_all_clients_once(client: TestClient, index: str) -> None:
    for name, traffic in (("first", 0.6), ("second", 0.4), ("third", 0.1)):
        draft(client, index, name, traffic=traffic)
    assert client.post(f"{PATH}/first/start").json()["buckets"] == [0, 6000]
    assert client.post(f"{PATH}/second/start").json()["buckets"] == [6000, 10_000]
    full = client.post(f"{PATH}/third/start")
    assert full.status_code == 409
    assert "first, second" in full.json()["detail"]
    client.post(f"{PATH}/first/stop")
    assert client.post(f"{PATH}/third/start").json()["buckets"] == [0, 1000]


def test_one_that_would_get_nobody_does_not_start(client: TestClient, index: str) -> None:
    draft(client, index, "everybody")
    draft(client, index, "beside", layer="another", traffic=0.5)
    assert client.post(f"{PATH}/everybody/start").status_code == 200
    refused = client.post(f"{PATH}/beside/start")
    assert refused.status_code == 409
    assert "everybody (100.00%)" in refused.json()["detail"]
    assert client.get(f"{PATH}/beside").json()["state"] == "draft"
    client.post(f"{PATH}/everybody/stop")
    assert client.post(f"{PATH}/beside/start").status_code == 200


def test_two_that_start_at_once_never_get_the_same_buckets(client: TestClient, index: str) -> None:
    names = [f"e{number}" for number in range(6)]
    for name in names:
        draft(client, index, name, traffic=0.3)

    def start(name: str) -> tuple[int, list[int] | None]:
        answer = client.post(f"{PATH}/{name}/start")
        return answer.status_code, answer.json().get("buckets")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(start, names))
    taken = sorted(tuple(buckets) for _, buckets in answers if buckets)
    assert taken == [(0, 3000), (3000, 6000), (6000, 9000)]
    assert sorted(status for status, _ in answers) == [200, 200, 200, 409, 409, 409]


def test_an_experiment_whose_configuration_is_gone_does_not_start(
    client: TestClient, index: str
) -> None:
    client.put("/v1/configurations/fleeting", json={})
    variants = [{"name": "control"}, {"name": "b", "configuration": "fleeting"}]
    draft(client, index, variants=variants)
    client.delete("/v1/configurations/fleeting")
    answer = client.post(f"{PATH}/bolder/start")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "variants[1].configuration"


def test_a_configuration_that_is_being_tried_stays_as_it_is(client: TestClient, index: str) -> None:
    draft(client, index)
    client.post(f"{PATH}/bolder/start")
    same, other = {"hybrid": {"lexical": 1.0}}, {"hybrid": {"lexical": 0.5}}
    assert client.put("/v1/configurations/words", json=same).status_code == 200
    assert client.put("/v1/configurations/words", json=other).status_code == 409
    refused = client.delete("/v1/configurations/words")
    assert refused.status_code == 409
    assert "'bolder'" in refused.json()["detail"]
    client.post(f"{PATH}/bolder/stop")
    assert client.put("/v1/configurations/words", json=other).status_code == 200


def test_what_is_not_there_is_not_found(client: TestClient) -> None:
    for method, path in (
        ("GET", ""), ("DELETE", ""), ("POST", "/start"), ("POST", "/stop"),
        ("GET", "/report"), ("POST", "/report"),
    ):  # fmt: skip
        assert client.request(method, f"{PATH}/absent{path}").status_code == 404


def test_a_draft_has_nothing_to_report(client: TestClient, index: str) -> None:
    draft(client, index)
    assert client.get(f"{PATH}/bolder/report").status_code == 404
    assert client.post(f"{PATH}/bolder/report").status_code == 409


def test_power_tells_clients_and_days(client: TestClient) -> None:
    asked = {"baseline": 0.2, "min_lift": 0.05, "analysis": "fixed", "per_day": 5000}
    size = client.post(f"{PATH}/power", json=asked).json()
    # By statsmodels: NormalIndPower for 0.2 against 0.21 at 5 % and 80 %, two-sided.
    assert size["unit"] == "clients"
    assert abs(size["per_variant"] - 25_583) < 60
    assert size["days"] == pytest.approx(size["total"] / 5000)
    half = client.post(f"{PATH}/power", json=asked | {"traffic": 0.5}).json()
    assert half["days"] == pytest.approx(2 * size["days"])


def test_power_of_an_interleaving_tells_queries(client: TestClient) -> None:
    asked = {"kind": "interleaving", "min_lift": 0.2, "decided": 0.5}
    size = client.post(f"{PATH}/power", json=asked).json()
    assert (size["unit"], size["days"]) == ("queries", None)
    certain = client.post(f"{PATH}/power", json=asked | {"decided": 1.0}).json()
    assert size["total"] == pytest.approx(2 * certain["total"], rel=0.01)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "baseline"),
        ({"baseline": 0.9, "min_lift": 0.5}, "min_lift"),
        ({"baseline": 0.0001, "min_lift": 0.001}, "min_lift"),
        ({"baseline": 0.1, "shares": [0.5, 0.4]}, "shares"),
        ({"baseline": 5e-324}, "baseline"),
        ({"kind": "interleaving", "decided": 1e-300}, "decided"),
        ({"baseline": 0.1, "per_day": 1e-320}, "per_day"),
    ],
)
def test_power_names_what_is_wrong(client: TestClient, asked: dict[str, Any], field: str) -> None:
    answer = client.post(f"{PATH}/power", json=asked)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_report_that_is_not_there_says_how_to_have_one(client: TestClient, index: str) -> None:
    """Over HTTP, and on the command line, which prints the same words."""
    draft(client, index)
    nothing = client.get(f"{PATH}/bolder/report")
    assert nothing.status_code == 404
    assert "never started" in nothing.json()["detail"]
    client.post(f"{PATH}/bolder/start")
    none_yet = client.get(f"{PATH}/bolder/report")
    assert none_yet.status_code == 404
    assert "margay experiments report bolder --fresh" in none_yet.json()["detail"]
    assert f"POST {PATH}/bolder/report" in none_yet.json()["detail"]
