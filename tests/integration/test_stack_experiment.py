"""In a stack the gateway serves an experiment, and an ingest worker reckons what it came to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.insight.experiments.lifecycle import SETTLING_S
from tests.integration.stack_traffic import Catalogue, document
from tests.servers.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.thorough]
CLIENTS = 30
EXPERIMENT = "/v1/experiments/pinned-first"


def begun(stack: Stack, index: str) -> None:
    """Test a configuration that shows the same hits in another order, with a guardrail."""
    pinned = {"rerank": [{"stage": "signals", "pin": ["doc-0003"]}]}
    judged = [
        {"id": f"q{number}", "text": f"Product number {number}", "grades": {f"doc-{number:04}": 1}}
        for number in range(12)
    ]
    drafted = {
        "name": "pinned-first",
        "index": index,
        "variants": [{"name": "control"}, {"name": "b", "configuration": "pinned"}],
        "query_set": "tried",
    }
    client = stack.client
    client.put("/v1/configurations/pinned", json=pinned).raise_for_status()
    made = {"index": index, "queries": judged}
    client.put("/v1/query-sets/tried", json=made).raise_for_status()
    client.post("/v1/experiments", json=drafted).raise_for_status()
    client.post(f"{EXPERIMENT}/start").raise_for_status()


def visit(stack: Stack, index: str, who: str) -> None:
    """Search as a client that takes part, and click the first hit."""
    asked = {"text": "product", "client_id": who}
    answer = stack.client.post(f"/v1/indexes/{index}/search", json=asked)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["experiment"]["name"] == "pinned-first", found["experiment"]
    click = {
        "query_id": found["query_id"],
        "action_name": "click",
        "object_id": found["hits"][0]["id"],
        "client_id": who,
    }
    stack.client.post("/v1/events", json={"events": [click]}).raise_for_status()


def told(stack: Stack) -> dict[str, Any]:
    """The last report; empty while there is none."""
    answer = stack.client.get(f"{EXPERIMENT}/report")
    assert answer.status_code in (200, httpx.codes.NOT_FOUND), answer.text
    found: dict[str, Any] = answer.json()
    return found if answer.is_success else {}


def units(found: dict[str, Any]) -> int:
    return sum(each["units"] for each in found["report"]["variants"]) if found else 0


def test_a_worker_reports_on_an_experiment_while_it_runs_and_when_it_has_ended(
    stack: Stack,
) -> None:
    catalogue = Catalogue(stack, "tried")
    catalogue.send([document(number) for number in range(12)])
    catalogue.check()
    index = catalogue.path.rsplit("/", 1)[-1]
    begun(stack, index)
    for number in range(CLIENTS):
        visit(stack, index, f"visitor-{number}")

    def all_told() -> bool:
        assert stack.client.post(f"{EXPERIMENT}/report").status_code == 202
        return units(told(stack)) == CLIENTS

    stack.wait_until(all_told, what="a worker reports on all who took part")
    found = told(stack)
    assert found["error"] is None
    assert sum(each["hits"] for each in found["report"]["variants"]) == CLIENTS
    assert {each["name"] for each in found["report"]["comparisons"][0]["guardrails"]} >= {
        "ndcg_at_10"
    }
    visit(stack, index, "visitor-last")
    answer = stack.client.post(f"{EXPERIMENT}/stop")
    assert answer.status_code == 200, answer.text
    settled = datetime.fromisoformat(answer.json()["stopped_at"]) + timedelta(seconds=SETTLING_S)
    stack.wait_until(
        lambda: datetime.fromisoformat(told(stack)["reported_at"]) >= settled,
        what="the last report is made once all that happened is known",
    )
    assert units(told(stack)) == CLIENTS + 1
