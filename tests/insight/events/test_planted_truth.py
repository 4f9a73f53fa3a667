"""Visitors who look at positions with known chances: what is learned of them is what they want."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from services.core.types.analytics import By, StoredPropensities
from services.insight.events import learning
from services.insight.events.analytics import clicks
from tests.insight.events.conftest import SHOP, Log

LOOKED_AT = (1.0, 0.7, 0.5, 0.35)
WANTED = {"a": 0.15, "b": 0.3, "c": 0.45, "d": 0.6}
"""Chance of a click once looked at. The worst stands first nearly always, the best last."""


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    """2400 searches of five texts; every fourth shows its documents in an order of chance."""
    log = Log(tmp_path_factory.mktemp("visited"))
    rng = random.Random(0)
    for number in range(2400):
        shown = list(WANTED)
        if number % 4 == 0:
            rng.shuffle(shown)
        clicked = [
            document
            for document, looked_at in zip(shown, LOOKED_AT, strict=True)
            if rng.random() < looked_at * WANTED[document]
        ]
        log.page(shown, clicks=clicked, text=f"text {number % 5}")
    log.write()
    yield log
    log.ports.database.close()


def learned(log: Log, *by_hand: float) -> dict[str, float]:
    with log.ports.database.work() as work:
        work.learning.drop_propensities(SHOP)
        if by_hand:
            stored = StoredPropensities(by_hand, "set", log.now)
            work.learning.put_propensities(SHOP, stored)
    learning.learn(log.ports, SHOP)
    with log.ports.database.read() as work:
        return {each.document: each.ctr for each in work.learning.signals(SHOP, limit=9)}


def test_with_known_propensities_it_is_what_they_want(visited: Log) -> None:
    assert learned(visited, *LOOKED_AT) == pytest.approx(WANTED, abs=0.05)


def test_with_estimated_propensities_too(visited: Log) -> None:
    found = learned(visited)
    with visited.ports.database.read() as work:
        estimated = work.learning.propensities(SHOP)
    assert estimated is not None
    assert estimated.source == "estimated"
    assert estimated.by_position == pytest.approx(LOOKED_AT, abs=0.15)
    assert sorted(found, key=found.__getitem__) == sorted(WANTED, key=WANTED.__getitem__)
    assert found == pytest.approx(WANTED, abs=0.1)


def test_uncorrected_the_worst_and_the_best_would_look_alike(visited: Log) -> None:
    period = learning.kept_period(visited.ports)
    rows = clicks(visited.ports, By.POSITION, period, index=SHOP)
    plain = {row.key: row.ctr.ctr for row in rows if row.ctr is not None}
    assert max(plain.values()) - min(plain.values()) < 0.1
