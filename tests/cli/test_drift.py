"""`margay index drift` says what has drifted, and `margay index baseline` that it is meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.core.settings import Settings, Stores
from services.core.types.populations import DriftReport, Finding, Of, QualityProbe, Signal
from services.wiring.archive import open_database
from tests.cli.conftest import Margay
from tests.integration.server_process import ServerProcess

FOUND = Finding(Of.QUERIES, "text", Signal.SCORES, 0.512, 1e-9, True, 300, 2000)

pytestmark = pytest.mark.usefixtures("url")


def test_drift_is_shown_and_accepted(margay: Margay, server: ServerProcess) -> None:
    server.client.put("/v1/indexes/shop", json={}).raise_for_status()
    ran = margay("index", "baseline", "shop")
    assert (ran.code, "nothing was gathered" in ran.err) == (1, True)
    job = server.client.post("/v1/indexes/shop/documents", json=[{"id": "a", "title": "A mug"}])
    server.wait_for_job(job.json()["id"])
    now = datetime.now(UTC)  # so late that no sweep looks again before we do
    settings = Settings(stores=Stores(data_dir=server.folder / "data"))
    with open_database(settings) as database, database.work() as work:
        work.populations.put_drift(DriftReport("shop", now, now, (FOUND,), {"text": 0.25}))
        work.populations.put_quality_probe(
            QualityProbe("shop", "spring", {"ndcg@10": 0.5}, 12, 0.2, now)
        )
    ran = margay("index", "drift", "shop")
    assert ran.code == 1
    assert "scores  0.512" in ran.out
    assert "drifted" in ran.out
    assert "text: 25.0% without a hit" in ran.out
    assert "spring: ndcg@10 0.500" in ran.out
    ran = margay("index", "baseline", "shop")
    assert (ran.code, ran.out.split()[:3]) == (0, ["documents", "text", "1"])
    assert "usual from now on" in ran.out
    assert margay("index", "drift", "shop", "--json").code == 0


def test_where_nothing_could_be_judged_it_says_why(margay: Margay, server: ServerProcess) -> None:
    server.client.put("/v1/indexes/quiet", json={}).raise_for_status()
    now = datetime.now(UTC)
    settings = Settings(stores=Stores(data_dir=server.folder / "data"))
    with open_database(settings) as database, database.work() as work:
        work.populations.put_drift(DriftReport("quiet", now, now, (), {"text": 0.0}))
    ran = margay("index", "drift", "quiet")
    assert ran.code == 0
    assert "nothing can be judged yet" in ran.out
    assert "signal" not in ran.out
