"""`margay analytics` against a real server: rates, texts, judgments as a query set."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from services.cli.analytics import clicks_table, print_clicks
from services.core.types.analytics import By
from tests.cli.conftest import Margay
from tests.integration.server_process import ServerProcess

pytestmark = pytest.mark.usefixtures("url")

PEOPLE = 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Four people searched for a mug and clicked the second one."""
    environ = {"MARGAY_EVENTS__LEARN_EVERY_S": "0.5"}
    with ServerProcess(tmp_path_factory.mktemp("analytics") / "server", environ=environ) as process:
        attributes = {"category": "string"}
        http = process.client
        http.put("/v1/indexes/products", json={"attributes": attributes}).raise_for_status()
        mugs = [
            {"id": f"mug-{n}", "title": "A mug", "attributes": {"category": "mugs"}}
            for n in range(3)
        ]
        job = http.post("/v1/indexes/products/documents", json=mugs).json()
        process.wait_for_job(job["id"])
        for number in range(PEOPLE):
            asked = {"text": "A mug", "client_id": f"browser-{number}"}
            page = http.post("/v1/indexes/products/search", json=asked).json()
            about = {"query_id": page["query_id"], "client_id": f"browser-{number}"}
            events = [
                {**about, "action_name": "impression", "object_id": hit["id"]}
                for hit in page["hits"]
            ]
            click = {**about, "action_name": "click", "object_id": "mug-1"}
            http.post("/v1/events", json={"events": [*events, click]}).raise_for_status()
        # What waits to be logged is written when the server is told to end.
        assert process.stop() == 0
        process.start()
        yield process


def test_clicks_are_shown_by_whatever_tells_searches_apart(margay: Margay) -> None:
    ran = margay("analytics", "clicks")
    assert ran.code == 0, ran.err
    assert ran.out.split("\n")[1].split()[:6] == ["text", "4", "12", "4", "0", "0"]
    for by in By:
        assert margay("analytics", "clicks", "--by", by.value).code == 0
    rows = json.loads(margay("analytics", "clicks", "--by", "category", "--json").out)["items"]
    assert [(row["key"], row["clicks"]) for row in rows] == [("mugs", PEOPLE)]


def test_no_figure_is_cut_off_in_eighty_columns(capsys: pytest.CaptureFixture[str]) -> None:
    rate = {"rate": 0.115, "low": 0.098, "high": 0.134}
    row = {"key": "words-first", "variant": "control", "searches": 11600, "impressions": 116000,
           "clicks": 13300, "add_to_carts": 1200, "purchases": 120, "ctr": rate,
           "corrected_ctr": rate, "conversion": 0.01}  # fmt: skip
    console = Console(width=80, highlight=False)
    console.print(clicks_table(By.EXPERIMENT, [row]))
    shown = capsys.readouterr().out
    assert "…" not in shown
    assert "11.5% (10-13)" in shown
    assert "116000" in shown
    assert "corrected" in shown


def test_why_there_is_no_rate_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"key": "text", "variant": None, "searches": 9, "impressions": 3, "clicks": 3,
           "add_to_carts": 0, "purchases": 0, "ctr": None, "corrected_ctr": None,
           "conversion": 0.0}  # fmt: skip
    print_clicks(By.KIND, [row])
    said = capsys.readouterr().out
    assert "no impressions were told" in said
    assert "100" not in said
    rate = {"rate": 0.5, "low": 0.2, "high": 0.8}
    print_clicks(By.KIND, [row | {"ctr": rate, "corrected_ctr": rate}])
    assert "impressions" not in capsys.readouterr().out


def test_texts_searched_for_are_shown(margay: Margay) -> None:
    ran = margay("analytics", "queries")
    assert ran.out.split("\n")[1].split() == ["a", "mug", "4", "0", "100.0%", "4"]


def test_judgments_are_written_as_a_query_set(margay: Margay, tmp_path: Path) -> None:
    ran = margay("analytics", "judgments", tmp_path / "judged")
    assert "1 query with 3 grades written" in ran.out
    (query,) = map(json.loads, (tmp_path / "judged" / "queries.jsonl").read_text().splitlines())
    assert (query["type"], query["text"]) == ("text", "a mug")
    qrels = [line.split() for line in (tmp_path / "judged" / "qrels.txt").read_text().splitlines()]
    assert qrels[0] == [query["query_id"], "0", "mug-1", "3"]
    ran = margay("query-sets", "put", "clicked", tmp_path / "judged")
    assert (ran.code, ran.out.strip()) == (0, "clicked: 1 query (1 text)"), ran.err
    ran = margay("analytics", "judgments", tmp_path / "none", "--least-clients", "5")
    assert ran.code == 1
    assert "5 clients" in ran.err


def test_the_server_learns_by_itself(margay: Margay, server: ServerProcess) -> None:
    deadline = time.monotonic() + 60
    while not json.loads(margay("analytics", "documents", "--json").out)["items"]:
        assert time.monotonic() < deadline, server.log()[-3000:]
        time.sleep(0.1)
    assert margay("analytics", "documents").out.split("\n")[1].split()[0] == "mug-1"


def test_that_nothing_was_learned_is_said(margay: Margay, server: ServerProcess) -> None:
    server.client.put("/v1/indexes/shops", json={}).raise_for_status()
    ran = margay("analytics", "documents", "--index", "shops")
    assert "nothing was learned of shops yet" in ran.out
    assert "each hour" in ran.out


def test_propensities_are_shown_set_and_dropped(margay: Margay) -> None:
    assert margay("analytics", "propensities", "--set", "1,0.5").out.split() == [
        "set", "1:", "1", "2:", "0.5",
    ]  # fmt: skip
    dropped = margay("analytics", "propensities", "--drop").out
    assert dropped == "none are known: every position counts alike\n"
    assert margay("analytics", "propensities", "--set", "2").code == 1
    assert margay("analytics", "propensities", "--set", "one").code == 2
    assert margay("analytics", "propensities", "--set", "1", "--drop").code == 2
