"""An evaluation goes on after `kill -9` where it was, and comes to the same end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.server_process import ServerProcess

COLOURS = ("red", "green", "blue", "yellow", "black", "white", "brown", "pink")
THINGS = ("mug", "lamp", "sofa", "hat", "bag")
QUERIES = 80
LIMIT_S = 180


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("evaluation")) as process:
        yield process


def _prepare(server: ServerProcess) -> None:
    pairs = [(colour, thing) for colour in COLOURS for thing in THINGS]
    server.client.put("/v1/indexes/shop", json={}).raise_for_status()
    documents = [{"id": f"{c}-{t}", "title": f"A {c} {t}"} for c, t in pairs]
    job = server.client.post("/v1/indexes/shop/documents", json=documents).json()
    assert server.wait_for_job(job["id"])["state"] == "succeeded"
    queries = [
        {"id": f"q{place}", "text": f"{c} {t} number {place}", "grades": {f"{c}-{t}": 1}}
        for place in range(QUERIES)
        for c, t in [pairs[place % len(pairs)]]
    ]
    body = {"index": "shop", "queries": queries}
    server.client.put("/v1/query-sets/many", json=body).raise_for_status()
    words = {"hybrid": {"lexical": 0.5}}
    server.client.put("/v1/configurations/words", json=words).raise_for_status()


def _started(server: ServerProcess) -> str:
    body = {"query_set": "many", "configurations": ["default", "words"]}
    answer = server.client.post("/v1/evaluations", json=body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def _wait(
    server: ServerProcess, name: str, until: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    deadline = time.monotonic() + LIMIT_S
    while True:
        found: dict[str, Any] = server.client.get(f"/v1/evaluations/{name}").json()
        if until(found):
            return found
        assert time.monotonic() < deadline, f"{found}; log:\n{server.log()[-3000:]}"
        time.sleep(0.02)


def _quality(found: dict[str, Any]) -> dict[str, Any]:
    """Means by configuration and measure: answers to near ties may turn with the last bit."""
    return {
        f"{each['name']} {measure}": pytest.approx(value["mean"], abs=0.01)
        for each in found["report"]["measured"]
        for measure, value in each["slices"][0]["measures"].items()
    }


def _means(found: dict[str, Any]) -> dict[str, float]:
    return {name: value.expected for name, value in _quality(found).items()}


@pytest.mark.slow
def test_killed_while_it_measures_it_goes_on_where_it_was(server: ServerProcess) -> None:
    _prepare(server)
    whole = _wait(server, _started(server), lambda found: found["finished_at"] is not None)
    assert whole["state"] == "succeeded", whole["error"]
    name = _started(server)
    before = _wait(server, name, lambda found: found["done"] >= 30)
    assert before["state"] == "running", "it must be cut short"
    server.kill()
    server.start()
    after = server.client.get(f"/v1/evaluations/{name}").json()
    assert after["done"] >= before["done"]
    ended = _wait(server, name, lambda found: found["finished_at"] is not None)
    assert ended["state"] == "succeeded", ended["error"]
    assert ended["started_at"] == before["started_at"]
    assert _means(ended) == _quality(whole)
    answered = [each["coverage"]["answered"] for each in ended["report"]["measured"]]
    assert answered == [1.0, 1.0]
