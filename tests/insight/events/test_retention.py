"""What is older than it may be kept goes, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.insight.events import retention
from tests.insight.events.conftest import Log


def test_old_searches_and_events_go_and_the_others_stay(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "CHUNK", 4)
    old = [log.page(["a", "b"]) for _ in range(5)]
    log.write()
    log.later(days=20)
    new = log.page(["a"])
    log.write()
    log.later(days=11)
    assert retention.run(log.ports) == 5 + 10
    assert retention.run(log.ports) == 0
    with log.ports.database.read() as work:
        assert set(work.searches.get([*old, new])) == {new}
        assert {each.query_id for each in work.events.of_queries([*old, new])} == {new}


def test_it_makes_way_for_others(log: Log) -> None:
    log.page(["a"])
    log.write()
    log.later(days=31)
    assert retention.run(replace(log.ports, yielding=lambda: True)) == 0
    assert retention.run(log.ports) == 2
