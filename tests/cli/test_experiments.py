"""`margay experiments` against a real server: from power to the report."""

from __future__ import annotations

import json

import pytest
from rich.console import Console

from services.cli.experiments import figures_table
from tests.cli.conftest import Margay
from tests.integration.server_process import ServerProcess

pytestmark = pytest.mark.usefixtures("url")


@pytest.fixture(scope="module")
def server(server: ServerProcess) -> ServerProcess:
    """A shop with three mugs and a configuration `words`."""
    http = server.client
    http.put("/v1/indexes/products", json={}).raise_for_status()
    mugs = [{"id": f"mug-{n}", "title": f"Mug number {n}"} for n in range(3)]
    server.wait_for_job(http.post("/v1/indexes/products/documents", json=mugs).json()["id"])
    words = {"hybrid": {"lexical": 1.0}}
    http.put("/v1/configurations/words", json=words).raise_for_status()
    return server


def test_an_experiment_lives_from_power_to_report(margay: Margay, server: ServerProcess) -> None:
    size = margay("experiments", "power", "--baseline", "0.2", "--per-day", "1000")
    assert size.code == 0, size.err
    assert "clients per variant" in size.out
    assert "days" in size.out
    made = margay(
        "experiments", "create", "bolder", "--variant", "control", "--variant", "w=words:0.5",
    )  # fmt: skip
    assert made.code == 1
    assert "share" in made.err
    made = margay("experiments", "create", "bolder", "--variant", "control", "--variant", "w=words")
    assert made.out.startswith("bolder  ab of control, w on 100% of products' clients: draft")
    assert "running" in margay("experiments", "start", "bolder").out
    for number in range(20):
        asked = {"text": "mug number 1", "client_id": f"browser-{number}"}
        page = server.client.post("/v1/indexes/products/search", json=asked).json()
        assert page["experiment"]["name"] == "bolder"
    assert [each.split()[:4] for each in margay("experiments", "list").out.splitlines()[1:]] == [
        ["bolder", "products", "ab", "running"]
    ]
    assert json.loads(margay("experiments", "show", "bolder").out)["variants"][1]["name"] == "w"
    told = margay("experiments", "report", "bolder", "--fresh")
    assert told.code == 0, told.err
    assert "No winner." in told.out
    whole = json.loads(margay("experiments", "report", "bolder", "--json").out)
    assert [each["variant"] for each in whole["report"]["variants"]] == ["control", "w"]
    assert margay("experiments", "delete", "bolder").code == 1
    assert "stopped" in margay("experiments", "stop", "bolder").out
    assert margay("experiments", "delete", "bolder").code == 0
    assert margay("experiments", "show", "bolder").code == 1


def test_an_interleaving_needs_queries(margay: Margay) -> None:
    size = margay("experiments", "power", "--kind", "interleaving", "--min-lift", "0.2")
    assert size.out.split()[1:] == ["queries", "in", "all"]


def test_a_share_is_a_number(margay: Margay) -> None:
    ran = margay("experiments", "create", "x", "--variant", "a", "--variant", "b=words:half")
    assert ran.code == 2


@pytest.mark.parametrize(
    ("kind", "words"),
    [("ab", "clients  reached the goal"), ("interleaving", "queries with a winner  won")],
)
def test_a_report_names_what_it_counts(
    kind: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    won = {"variant": "control", "units": 120, "hits": 57, "rate": 0.475}
    Console(width=80).print(figures_table({"kind": kind, "variants": [won]}))
    shown = capsys.readouterr().out.splitlines()
    assert words in shown[0]
    assert shown[1].split() == ["control", "120", "57", "47.50%"]
