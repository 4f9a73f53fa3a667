"""In a stack an ingest worker measures; one that is killed meanwhile leaves it to the next."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.stack_traffic import Catalogue, document
from tests.servers.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.thorough]
QUERIES = 120


def test_a_killed_worker_leaves_an_evaluation_to_the_next(stack: Stack) -> None:
    catalogue = Catalogue(stack, "measured")
    catalogue.send([document(number) for number in range(12)])
    catalogue.check()
    names = [each["id"] for each in stack.get(f"{catalogue.path}/documents")["items"]]
    queries = [
        {"id": f"q{n}", "text": f"product number {n % 12}", "grades": {names[n % len(names)]: 1}}
        for n in range(QUERIES)
    ]
    index = catalogue.path.rsplit("/", 1)[-1]
    stack.client.put(
        "/v1/query-sets/watched", json={"index": index, "queries": queries}
    ).raise_for_status()
    answer = stack.client.post(
        "/v1/evaluations", json={"query_set": "watched", "recall": True, "sizes": True}
    )
    assert answer.status_code == 202, answer.text
    path = f"/v1/evaluations/{answer.json()['id']}"
    stack.wait_until(lambda: stack.get(path)["done"] > 0, what="a part is measured")
    with stack.without("ingest-worker"):
        before: dict[str, Any] = stack.get(path)
    stack.wait_until(
        lambda: stack.get(path)["finished_at"] is not None, what="the next one measures the rest"
    )
    found = stack.get(path)
    assert found["state"] == "succeeded", found["error"]
    assert found["started_at"] == before["started_at"]
    assert found["done"] == found["total"] > before["done"]
    assert found["report"]["measured"][0]["coverage"]["answered"] == 1.0
    assert "<!doctype html>" in stack.client.get(f"{path}/report.html").text
