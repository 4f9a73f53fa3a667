"""What operators see of a stack of real processes, and a backup of it while it works."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.integration.stack_traffic import Catalogue, Feed, document
from tests.servers.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.thorough]
Values = dict[tuple[str, ...], float]


def values(text: str) -> Values:
    """Every sample by its name and the values of its labels, in the labels' order."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(stack: Stack) -> Values:
    answer = stack.client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return values(answer.text)


def test_a_scrape_shows_who_works_and_what_was_done(stack: Stack) -> None:
    before = scrape(stack)
    catalogue = Catalogue(stack, "watched")
    catalogue.send([document(number) for number in range(12)])
    catalogue.check()
    after = scrape(stack)
    assert {after["margay_workers", role] >= 1 for role in ("ingest", "embedder", "beat")} == {True}
    done = "margay_items", "succeeded"
    assert after[done] - before.get(done, 0) == 12
    assert after["margay_backlog", "ingest"] == after["margay_backlog", "embed.index"] == 0
    stack.wait_until(
        lambda: ("margay_recall_probe", "watched", "exact") in scrape(stack),
        what="the sweep of an ingest worker probes the new index",
    )
    stack.wait_until(
        lambda: ("margay_drift_timestamp_seconds", "watched") in scrape(stack),
        what="and looks for drift in it",
    )


def test_an_embedder_shows_its_passes_on_a_port_of_its_own(stack: Stack) -> None:
    catalogue = Catalogue(stack, "passes")
    catalogue.send([document(number) for number in range(12)])
    catalogue.check()
    answer = httpx.get(f"http://127.0.0.1:{stack.metrics_port}/metrics", trust_env=False)
    found = values(answer.text)
    assert found["margay_embedder_loaded", "pocket"] == 1
    assert found["margay_embed_batch_contents_sum", "pocket", "index"] >= 12


def test_a_part_that_is_away_is_shown_and_the_rest_too(stack: Stack) -> None:
    catalogue = Catalogue(stack, "away")
    catalogue.send([document(number) for number in range(4)])
    catalogue.check()
    degraded = "margay_searches_degraded_total", "embedder"
    before = scrape(stack)
    with stack.without("embedder"):
        stack.wait_until(
            lambda: scrape(stack)["margay_workers", "embedder"] == 0, what="nobody is alive"
        )
        answer = stack.client.post(f"{catalogue.path}/search", json={"text": "product number 3"})
        assert answer.json()["degraded"] is True
        away = scrape(stack)
    assert away["margay_part_up", "embedder"] == 0
    assert away["margay_part_up", "database"] == 1
    assert away[degraded] == before[degraded] + 1
    stack.wait_until(stack.ready, what="the embedder is back")
    with stack.without("redis"):
        stack.wait_until(
            lambda: scrape(stack)["margay_part_up", "broker"] == 0, what="the broker is missed"
        )
        assert ("margay_jobs", "succeeded") in scrape(stack)
    stack.wait_until(stack.ready, what="the broker is back")


def test_a_backup_is_made_while_documents_come_in(stack: Stack, tmp_path: Path) -> None:
    catalogue = Catalogue(stack, "saved")
    catalogue.send([document(number) for number in range(8)])
    catalogue.check()
    with Feed(catalogue, batches=3):
        done = subprocess.run(
            [sys.executable, "-m", "services.cli", "backup", str(tmp_path / "saved")],
            env=stack.environ("backup"),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    catalogue.check()
    manifest = json.loads((tmp_path / "saved" / "backup.json").read_text())
    assert manifest["missing"] == 0
    assert manifest["tables"]["documents"]["rows"] >= 8
