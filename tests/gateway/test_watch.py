"""Searches over HTTP reach the watch, and what it finds is told and shown to Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from services.core.settings import Settings, Stores, Watch
from services.core.types.populations import (
    DriftReport,
    Finding,
    Of,
    QualityProbe,
    Searched,
    Signal,
)
from services.gateway import watched
from services.gateway.main import create_app
from services.gateway.routing import SCOPES
from services.insight.watch import looking
from services.wiring import Runtime, open_runtime
from services.wiring.archive import open_database
from tests.gateway.conftest import ADDRESS, Begin
from tests.gateway.test_metrics import of, scrape
from tests.gateway.test_search import search

NOW = datetime(2026, 5, 1, tzinfo=UTC)
FOUND = Finding(Of.QUERIES, "text", Signal.SCORES, 0.5, 1e-9, True, 300, 2000)


class Notebook:
    """Keeps the kind of every search that the watch is told of."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def searched(self, seen: Searched) -> None:
        self.kinds.append(seen.kind)


@pytest.fixture
def notes() -> Notebook:
    return Notebook()


@pytest.fixture
def noted(runtime: Runtime, shop: str, notes: Notebook) -> Iterator[TestClient]:
    """A client of the shop, whose searches are noted."""
    app = create_app(replace(runtime, watcher=notes))
    with TestClient(app, base_url=ADDRESS) as client:
        yield client


def looked(runtime: Runtime, index: str) -> None:
    with runtime.ports.database.read() as work:
        found = work.indexes.get(index)
    looking.look(runtime.ports, found)


def test_searches_are_stored_when_the_server_ends(tmp_path: Path) -> None:
    settings = Settings(stores=Stores(data_dir=tmp_path))
    runtime = open_runtime(settings)
    with TestClient(create_app(runtime, close_runtime=True), base_url=ADDRESS) as client:
        client.put("/v1/indexes/shop", json={})
        for text in ("mug", "red mug", "a hat"):
            answer = client.post("/v1/indexes/shop/search", json={"text": text})
            assert answer.status_code == 200, answer.text
    with open_database(settings) as database, database.read() as work:
        (one,) = work.populations.gathered("shop", since=datetime(2020, 1, 1, tzinfo=UTC))
    assert (one.kind, one.searches, one.empty, one.embedded) == ("text", 3, 3, 3)


def test_without_a_watch_nothing_is_noted(tmp_path: Path) -> None:
    settings = Settings(stores=Stores(data_dir=tmp_path), watch=Watch(every_s=0))
    runtime = open_runtime(settings)
    assert runtime.watcher is None
    runtime.close()


def test_an_interleaved_search_is_one_search(
    noted: TestClient, shop: str, notes: Notebook, begin: Begin
) -> None:
    begin("both", "pinned", None, kind="interleaving")
    asked = {"text": "lamp", "client_id": "someone", "limit": 4}
    first = search(noted, shop, **asked)
    assert first["experiment"]["name"] == "both"
    assert notes.kinds == ["text"]
    second = search(noted, shop, cursor=first["next_cursor"], **asked)
    assert second["experiment"]["name"] == "both"
    search(noted, shop, offset=4, **asked)
    assert notes.kinds == ["text"], "a further page is the same search"


@pytest.mark.parametrize("kind", ["ab", "interleaving"])
@pytest.mark.parametrize("variants", [("pinned", "lost"), ("lost", "pinned"), ("lost", "lost")])
def test_a_search_whose_variant_fails_is_one_search(
    noted: TestClient,
    shop: str,
    notes: Notebook,
    begin: Begin,
    kind: str,
    variants: tuple[str, str],
) -> None:
    begin("broken", *variants, kind=kind)
    for number in range(8):
        found = search(noted, shop, text="lamp", client_id=f"c{number}")
        assert found["experiment"]["name"] == "broken"
    assert notes.kinds == ["text"] * 8


def test_an_index_that_nobody_looked_at_says_so(client: TestClient, scratch: str) -> None:
    with_nothing = {"looked_at": None, "baseline_at": None, "findings": [], "empty": {}}
    answer = client.get(f"/v1/indexes/{scratch}/drift")
    assert answer.json() == {"index": scratch, **with_nothing, "probe": None}
    assert client.get("/v1/indexes/nowhere/drift").status_code == 404


def test_what_was_found_is_told(client: TestClient, runtime: Runtime, scratch: str) -> None:
    probe = QualityProbe(scratch, "spring", {"ndcg@10": 0.5}, 12, 0.25, NOW)
    with runtime.ports.database.work() as work:
        work.populations.put_drift(DriftReport(scratch, NOW, NOW, (FOUND,), {"text": 0.25}))
        work.populations.put_quality_probe(probe)
    answer = client.get(f"/v1/indexes/{scratch}/drift").json()
    assert answer["findings"] == [
        {
            "of": "queries",
            "kind": "text",
            "signal": "scores",
            "size": 0.5,
            "chance": 1e-9,
            "drifted": True,
            "now": 300,
            "before": 2000,
        }
    ]
    assert answer["probe"]["measures"] == {"ndcg@10": 0.5}
    shown = scrape(client)
    assert shown["margay_drift_found", scratch, "text", "queries", "scores"] == 1
    assert shown["margay_empty_searches", scratch, "text"] == 0.25
    assert shown["margay_quality_probe", scratch, "ndcg@10"] == 0.5


def test_what_is_now_is_accepted(client: TestClient, runtime: Runtime, shop: str) -> None:
    looked(runtime, shop)
    answer = client.post(f"/v1/indexes/{shop}/baseline", json={})
    assert answer.status_code == 200, answer.text
    kinds = {(each["of"], each["kind"]): each for each in answer.json()["kinds"]}
    assert kinds["documents", "image"]["vectors"] == 12
    drift = client.get(f"/v1/indexes/{shop}/drift").json()
    assert drift["baseline_at"] is not None
    assert drift["findings"] == []


def test_nothing_cannot_be_accepted(client: TestClient, scratch: str) -> None:
    answer = client.post(f"/v1/indexes/{scratch}/baseline")
    assert answer.status_code == 409
    assert "nothing was gathered" in answer.json()["detail"]


def test_drift_in_prometheus_terms() -> None:
    report = DriftReport("shop", NOW, None, (FOUND,), {"text": 0.1, "image": 0.2})
    at = NOW.timestamp()
    assert of(watched.drift([report])) == {
        ("margay_drift_size", "shop", "queries", "text", "scores"): 0.5,
        ("margay_drift_found", "shop", "queries", "text", "scores"): 1.0,
        ("margay_drift_seen", "shop", "queries", "text", "scores"): 300.0,
        ("margay_empty_searches", "shop", "text"): 0.1,
        ("margay_empty_searches", "shop", "image"): 0.2,
        ("margay_drift_timestamp_seconds", "shop"): at,
    }
    later = replace(report, baseline_at=NOW, findings=())
    assert of(watched.drift([later]))["margay_baseline_timestamp_seconds", "shop"] == at


def test_a_quality_probe_in_prometheus_terms() -> None:
    measures = {"recall@10": 0.8, "latency_p95_s": 0.04}
    probe = QualityProbe("shop", "spring", measures, 12, 0.25, NOW)
    assert of(watched.quality([probe])) == {
        ("margay_quality_probe", "shop", "recall@10"): 0.8,
        ("margay_quality_probe_latency_seconds", "shop", "0.95"): 0.04,
        ("margay_quality_probe_timestamp_seconds", "shop"): NOW.timestamp(),
    }


@pytest.mark.parametrize("path", ["drift", "baseline"])
def test_only_admins_are_told(client: TestClient, path: str) -> None:
    described = client.get("/openapi.json").json()["paths"][f"/v1/indexes/{{index}}/{path}"]
    (operation,) = described.values()
    assert operation[SCOPES] == ["admin"]
