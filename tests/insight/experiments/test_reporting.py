"""The report of an experiment is made in the end, whatever happens while it is reckoned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from services.core.types.experiments import Experiment, StoredReport
from services.insight.experiments import judged, lifecycle, reporting
from tests.contract.memory_index import MemoryIndex
from tests.insight.evaluation.asked_shop import AskedShop, Watched
from tests.insight.experiments.made import experiment, variants
from tests.search.shop import Down, Shop

SETTLING = timedelta(seconds=lifecycle.SETTLING_S)


class Tried:
    """A shop with an experiment on its two configurations that has ended just now."""

    def __init__(self, shop: AskedShop) -> None:
        self.shop = shop
        control, other = variants(0.5, 0.5)
        drafted = experiment(
            index=shop.shop.name,
            variants=(control, replace(other, configuration="words")),
            query_set="s",
            created_at=shop.shop.now,
        )
        running = lifecycle.started(drafted, [], now=shop.shop.now)
        shop.later(3600)
        self.ended = lifecycle.stopped(running, now=shop.shop.now)
        self.keep(self.ended)

    def keep(self, changed: Experiment) -> None:
        with self.shop.ports.database.work() as work:
            if changed.name not in {each.name for each in work.experiments.all()}:
                work.experiments.add(changed)
            work.experiments.save(changed)

    def report(self, **ports: Any) -> StoredReport | None:
        """Run the task once; the last report."""
        changed = replace(self.shop.ports, **ports)
        reporting.run(changed, Watched(changed), self.ended.name)
        with self.shop.ports.database.read() as work:
            return work.experiments.report(self.ended.name)

    def due(self) -> bool:
        """Whether a sweep has it reported on."""
        with self.shop.ports.database.read() as work:
            found = work.experiments.unreported(
                now=self.shop.shop.now, every=reporting.EVERY, settling=SETTLING
            )
        return self.ended.name in found


def problem(kept: StoredReport) -> dict[str, str]:
    found = kept.content["error"]
    assert isinstance(found, dict)
    return {name: str(value) for name, value in found.items()}


@pytest.fixture
def tried(tmp_path: Path) -> Iterator[Tried]:
    made = Shop(tmp_path, MemoryIndex())
    yield Tried(AskedShop(made))
    made.ports.database.close()


def test_the_last_report_waits_until_what_happened_is_known(tried: Tried) -> None:
    assert not tried.due()
    assert tried.report() is not None
    tried.shop.later(lifecycle.SETTLING_S)
    assert tried.due(), "what was made too early is not the last"
    tried.report()
    assert not tried.due()


def test_the_last_report_is_made_once_the_embedder_is_back(tried: Tried) -> None:
    tried.shop.later(60)
    kept = tried.report(embedder=Down())
    assert kept is not None
    assert problem(kept)["code"] == "embedder_unavailable"
    assert tried.due()
    made = tried.report()
    assert made is not None
    assert made.content["error"] is None
    assert not tried.due()


def test_an_error_of_ours_is_told_and_not_met_again_at_each_sweep(
    tried: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_how: object) -> None:
        raise ZeroDivisionError

    tried.shop.later(60)
    monkeypatch.setattr(reporting.report, "ab_report", broken)
    kept = tried.report()
    assert kept is not None
    assert problem(kept)["code"] == "internal_error"
    assert "ZeroDivisionError" in problem(kept)["detail"]
    assert not tried.due()


def test_judged_queries_are_asked_no_longer_than_a_worker_can_spare(tried: Tried) -> None:
    ports = tried.shop.ports
    ticks = count(step=judged.PATIENCE_S / 9)
    asked = Watched(ports)
    found = judged.ndcg_of(tried.ended, ports, asked, clock=lambda: next(ticks))
    assert set(found) == {"control", "b"}
    assert found["control"].keys() == found["b"].keys(), "each is asked what the other is"
    assert 2 <= len(found["b"]) < len(tried.shop.queries)
