"""`margay search --rerank`: stages by name or as JSON, each told how it went."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Margay
from tests.integration.server_process import ServerProcess


@pytest.fixture
def found(server: ServerProcess, url: str) -> None:
    settings = {"attributes": {"price": "number"}}
    if server.client.get("/v1/indexes/mugs").status_code == 404:
        assert server.client.put("/v1/indexes/mugs", json=settings).status_code == 201
        documents = [
            {"id": f"mug-{n}", "title": f"mug number {n}", "attributes": {"price": n}}
            for n in range(5)
        ]
        job = server.client.post("/v1/indexes/mugs/documents", json=documents).json()
        server.wait_for_job(job["id"])


@pytest.mark.usefixtures("found")
def test_stages_are_given_by_name_or_as_json(margay: Margay) -> None:
    stage = json.dumps({"stage": "signals", "pin": ["mug-4"]})
    ran = margay("search", "mug", "--index", "mugs", "--rerank", stage, "--rerank", "vlm")
    assert ran.code == 0, ran.err
    assert ran.out.index("mug-4") < ran.out.index("mug-0")
    assert "signals: applied" in ran.out
    assert "vlm: unavailable" in ran.out
    ran = margay("search", "mug", "--index", "mugs", "--rerank", "none", "--json")
    assert json.loads(ran.out)["rerank"] == []


@pytest.mark.usefixtures("found")
def test_hits_can_be_sorted_by_a_number(margay: Margay) -> None:
    ran = margay("search", "mug", "--index", "mugs", "--sort", "price:desc")
    assert ran.code == 0, ran.err
    assert ran.out.index("mug-4") < ran.out.index("mug-0")
    assert "all 5 hits sorted by price, desc" in ran.out
    assert margay("search", "mug", "--index", "mugs", "--sort", "price:up").code == 2
    assert "sort.by" in margay("search", "mug", "--index", "mugs", "--sort", "weight").err


@pytest.mark.usefixtures("found")
def test_a_search_that_finds_nothing_says_what_to_leave_out(margay: Margay) -> None:
    dear = json.dumps({"price": {"gt": 100}})
    ran = margay("search", "mug", "--index", "mugs", "--filter", dear)
    assert ran.code == 0, ran.err
    assert "No match." in ran.out
    assert 'without {"price": {"gt": 100.0}}: 5 documents' in ran.out
    assert "words of what is nearest: number" in ran.out


@pytest.mark.usefixtures("found")
def test_a_stage_that_is_none_is_refused(margay: Margay) -> None:
    ran = margay("search", "mug", "--index", "mugs", "--rerank", "magic")
    assert ran.code == 1
    assert "rerank[0]" in ran.err
