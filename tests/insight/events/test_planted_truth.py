"""Visitors who look at positions with known chances: what is learned of them is what they want."""

from __future__ import annotations

import random

import pytest

from services.core.types.analytics import By, StoredPropensities
from services.insight.events import learning
from services.insight.events.analytics import clicks
from tests.insight.events.conftest import SHOP, Log

LOOKED_AT = (1.0, 0.7, 0.5, 0.35)
WANTED = {"a": 0.15, "b": 0.3, "c": 0.45, "d": 0.6}
"""Chance of a click once looked at. The worst stands first nearly always, the best last."""


@pytest.fixture
def visited(log: Log) -> Log:
    """1200 searches of four texts; every sixth shows its documents in an order of chance."""
    rng = random.Random(2)
    for number in range(1200):
        shown = list(WANTED)
        if number % 6 == 0:
            rng.shuffle(shown)
        clicked = [
            document
            for document, looked_at in zip(shown, LOOKED_AT, strict=True)
            if rng.random() < looked_at * WANTED[document]
        ]
        log.page(shown, clicks=clicked, text=f"text {number % 4}")
    log.write()
    return log


def learned(log: Log) -> dict[str, float]:
    learning.learn(log.ports, SHOP)
    with log.ports.database.read() as work:
        return {each.document: each.ctr for each in work.learning.signals(SHOP, limit=9)}


def test_with_known_propensities_it_is_what_they_want(visited: Log) -> None:
    stored = StoredPropensities(LOOKED_AT, "set", visited.now)
    with visited.ports.database.work() as work:
        work.learning.put_propensities(SHOP, stored)
    assert learned(visited) == pytest.approx(WANTED, abs=0.06)  # two standard deviations


def test_with_estimated_propensities_too(visited: Log) -> None:
    found = learned(visited)
    with visited.ports.database.read() as work:
        estimated = work.learning.propensities(SHOP)
    assert estimated is not None
    assert estimated.source == "estimated"
    assert estimated.by_position == pytest.approx(LOOKED_AT, abs=0.15)
    assert sorted(found, key=found.__getitem__) == sorted(WANTED, key=WANTED.__getitem__)
    assert found == pytest.approx(WANTED, abs=0.12)


def test_uncorrected_the_worst_and_the_best_would_look_alike(visited: Log) -> None:
    period = learning.kept_period(visited.ports)
    rows = clicks(visited.ports, By.POSITION, period, index=SHOP)
    plain = {row.key: row.ctr.ctr for row in rows if row.ctr is not None}
    assert max(plain.values()) - min(plain.values()) < 0.1
