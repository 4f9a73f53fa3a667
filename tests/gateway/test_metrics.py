"""What `/metrics` shows of the installation, and that a part that is down hides no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from services.core.errors import EmbedderDown, Unavailable
from services.core.ports import EmbedderClient
from services.core.queue import names
from services.core.types.figures import LedgerFigures
from services.core.types.jobs import ItemState, JobState
from services.core.types.vectors import Matrix
from services.core.types.work import WorkerInfo
from services.gateway import installation, readiness
from services.gateway.main import create_app
from services.gateway.routes import metrics
from services.wiring import Runtime
from services.wiring.handlers import handlers
from tests.gateway.conftest import ADDRESS, finished

NOW = datetime(2026, 5, 1, tzinfo=UTC)
Values = dict[tuple[str, ...], float]


def scrape(client: TestClient) -> Values:
    """Every sample by its name and the values of its labels, in the labels' order."""
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def of(families: Any) -> Values:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


class Silent:
    """An embedder that can be described and does not answer."""

    def __init__(self, embedder: EmbedderClient) -> None:
        self._embedder = embedder

    def __getattr__(self, name: str) -> Any:
        return getattr(self._embedder, name)

    def embed(self, *_asked: object, **_more: object) -> Matrix:
        raise EmbedderDown("it does not answer")


def test_jobs_and_items_are_shown_as_the_ledger_has_them(client: TestClient, scratch: str) -> None:
    before = scrape(client)
    bad = {"id": "bad", "title": "No picture", "images": ["http://127.0.0.1/no.png"]}
    sent = client.post(f"/v1/indexes/{scratch}/documents", json=[{"id": "good", "title": "A"}, bad])
    finished(client, sent.json()["id"])
    after = scrape(client)

    def more(*key: str) -> float:
        return after[key] - before.get(key, 0)

    assert more("margay_items", "succeeded") == 1
    assert more("margay_items", "failed") == 1
    assert more("margay_jobs", "partially_succeeded") == 1
    (code,) = {
        item["error"]["code"]
        for item in client.get(f"/v1/jobs/{sent.json()['id']}/items").json()["items"]
        if item["error"]
    }
    assert more("margay_items_failed", code) == 1
    assert after["margay_backlog", "ingest"] == after["margay_oldest_item_seconds", "ingest"] == 0


def parts_up(found: Values) -> dict[str, float]:
    return {key[1]: value for key, value in found.items() if key[0] == "margay_part_up"}


def test_every_part_that_is_there_answers(client: TestClient) -> None:
    """One process has no broker."""
    found = scrape(client)
    assert parts_up(found) == dict.fromkeys(("database", "vectors", "media", "embedder"), 1)
    assert set(parts_up(found)) == set(client.get("/health/ready").json()["checks"])
    assert {key[1] for key in found if key[0] == "margay_queue_messages"} == {
        "ingest",
        "embed.index",
        "embed.query",
        "insight",
        "maintenance",
    }


def test_the_embedder_of_this_process_is_shown_too(client: TestClient, shop: str) -> None:
    found = scrape(client)
    assert found["margay_embedder_loaded", "pocket"] == 1
    assert found["margay_embed_batch_contents_sum", "pocket", "index"] >= 12


def test_a_search_by_words_alone_is_counted(runtime: Runtime, shop: str) -> None:
    silent = replace(runtime.ports, embedder=Silent(runtime.ports.embedder))
    with TestClient(create_app(replace(runtime, ports=silent)), base_url=ADDRESS) as client:
        before = scrape(client).get(("margay_searches_degraded_total", "embedder"), 0)
        found = client.post(f"/v1/indexes/{shop}/search", json={"text": "a red mug"})
        assert found.json()["degraded"] is True
        assert scrape(client)["margay_searches_degraded_total", "embedder"] == before + 1


def test_the_sweep_probes_what_searches_find(
    client: TestClient, shop: str, runtime: Runtime
) -> None:
    handlers(runtime.ports)[names.SWEEP]()
    found = scrape(client)
    assert found["margay_recall_probe", shop, "exact"] == 1.0
    assert found["margay_recall_probe_timestamp_seconds", shop] > 0


def test_the_oldest_item_tells_how_long_it_waits() -> None:
    figures = LedgerFigures(
        jobs={JobState.RUNNING: 1},
        items={ItemState.QUEUED: 7, ItemState.PREPARED: 2},
        failed={"bad_image": 3},
        oldest={ItemState.PREPARED: NOW - timedelta(minutes=2)},
        rebuilding=40,
    )
    found = of(installation.ledger(figures, paused=("ingest",), now=NOW))
    assert found["margay_oldest_item_seconds", "embed.index"] == 120
    assert found["margay_oldest_item_seconds", "ingest"] == 0
    assert found["margay_backlog", "embed.index"] == 42
    assert found["margay_backlog", "ingest"] == 7
    assert found["margay_items_failed", "bad_image"] == 3
    assert found["margay_queue_paused", "ingest"] == 1
    assert found["margay_queue_paused", "embed.index"] == 0


def test_a_role_of_which_nobody_is_alive_is_0_and_not_absent() -> None:
    alive = WorkerInfo("embedder", "a", 1, NOW, "0.1.0")
    found = of(installation.workers([alive, alive]))
    assert found == {
        ("margay_workers", "beat"): 0,
        ("margay_workers", "embedder"): 2,
        ("margay_workers", "ingest"): 0,
    }


def test_a_part_that_is_down_or_hangs_hides_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "LIMIT_S", 0.05)
    released = Event()

    def down() -> list[Metric]:
        raise Unavailable("it does not answer")

    def hangs() -> None:
        released.wait()

    def answers() -> list[Metric]:
        return [*installation.messages({"ingest": 4, "embed.index": None})]

    found = of(
        metrics.gather(
            readiness.Readiness(),
            checks={"media": hangs, "broker": lambda: None},
            figures={"database": down, "broker": answers},
        )
    )
    released.set()
    assert found == {
        ("margay_queue_messages", "ingest"): 4,
        ("margay_part_up", "media"): 0,
        ("margay_part_up", "database"): 0,
        ("margay_part_up", "broker"): 1,
    }
