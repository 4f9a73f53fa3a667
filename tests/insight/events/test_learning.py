"""Clicks teach click rates, corrected for position, drawn to the mean, never stale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.core.errors import NotFound
from services.core.types.analytics import By, LearnedSignal, StoredPropensities
from services.core.types.events import Action
from services.insight.events import learning
from services.insight.events.analytics import clicks
from tests.insight.events.conftest import SHOP, Log


def learned(log: Log) -> dict[str, LearnedSignal]:
    with log.ports.database.read() as work:
        return {each.document: each for each in work.learning.signals(SHOP, limit=1000)}


def propensities(log: Log) -> StoredPropensities | None:
    with log.ports.database.read() as work:
        return work.learning.propensities(SHOP)


def set_by_hand(log: Log, *values: float) -> None:
    with log.ports.database.work() as work:
        work.learning.put_propensities(SHOP, StoredPropensities(values, "set", log.now))


def biased(log: Log) -> None:
    """First is clicked 90 times of 300 at rank 1; second 45 times at rank 2, seldom looked at."""
    for number in range(300):
        clicks = [
            *(["first"] if number < 90 else []),
            *(["second"] if number >= 255 else []),
        ]
        log.page(["first", "second"], clicks=clicks)
    log.write()


def test_where_positions_are_corrected_for_a_document_below_may_be_the_better(log: Log) -> None:
    biased(log)
    set_by_hand(log, 1.0, 0.25)
    assert learning.learn(log.ports, SHOP) == 2
    found = learned(log)
    assert found["second"].impressions == pytest.approx(75)
    assert found["second"].ctr > 0.4 > found["first"].ctr
    assert propensities(log) == StoredPropensities((1.0, 0.25), "set", log.now)


def test_without_propensities_nothing_is_corrected_and_said_so(log: Log) -> None:
    biased(log)
    learning.learn(log.ports, SHOP)
    found = learned(log)
    assert found["first"].ctr > found["second"].ctr
    assert propensities(log) == StoredPropensities((1.0,), "none", log.now)


def test_propensities_are_estimated_from_documents_that_changed_places(log: Log) -> None:
    for number in range(400):
        shown = ["a", "b"] if number % 2 else ["b", "a"]
        text = ("mug", "lamp", "cup")[number % 3]
        # Of the first rank every second is clicked, of the second every fourth.
        clicks = [*(shown[:1] if number % 4 < 2 else []), *(shown[1:] if number % 8 < 2 else [])]
        log.page(shown, clicks=clicks, text=text)
    log.write()
    learning.learn(log.ports, SHOP)
    stored = propensities(log)
    assert stored is not None
    assert stored.source == "estimated"
    assert stored.by_position == (1.0, pytest.approx(0.5, rel=0.05))
    found = learned(log)
    assert found["a"].ctr == pytest.approx(0.5, rel=0.1)


def test_too_few_clicks_estimate_nothing(log: Log) -> None:
    for number in range(90):
        shown = ["a", "b"] if number % 2 else ["b", "a"]
        log.page(shown, clicks=shown[:1], text=("mug", "lamp", "cup")[number % 3])
    log.write()
    learning.learn(log.ports, SHOP)
    stored = propensities(log)
    assert stored is not None
    assert stored.source == "none"


def test_a_document_nobody_looked_at_has_the_mean(log: Log) -> None:
    biased(log)
    learning.learn(log.ports, SHOP)
    with log.ports.database.read() as work:
        found = work.learning.ctr(SHOP, ["first", "never-seen"])
    assert found["never-seen"] == pytest.approx(135 / 600)
    assert found["first"] > found["never-seen"]


def test_what_is_no_longer_kept_is_unlearned(log: Log) -> None:
    biased(log)
    learning.learn(log.ports, SHOP)
    log.later(days=31)
    log.page(["first"])
    log.write()
    learning.learn(log.ports, SHOP)
    assert set(learned(log)) == {"first"}
    assert learned(log)["first"].ctr == 0


def test_learning_again_changes_nothing(log: Log) -> None:
    biased(log)
    learning.learn(log.ports, SHOP)
    before = learned(log)
    learning.learn(log.ports, SHOP)
    assert learned(log) == before


def test_a_click_without_an_impression_was_seen_all_the_same(log: Log) -> None:
    log.act(log.search("a", "b"), Action.CLICK, "b")
    log.write()
    learning.learn(log.ports, SHOP)
    assert {name: each.impressions for name, each in learned(log).items()} == {"b": 1.0}


def test_it_learns_as_often_as_it_is_set_to(log: Log) -> None:
    log.set(learn_every_s=0)
    biased(log)
    log.sweep()
    assert learned(log) == {}
    log.set(learn_every_s=600)
    log.sweep()
    first = propensities(log)
    log.page(["new"])
    log.write()
    log.later(minutes=9)
    log.sweep()
    assert propensities(log) == first
    log.later(minutes=1)
    log.sweep()
    assert "new" in learned(log)


def test_what_was_done_in_a_former_index_of_the_same_name_teaches_nothing(log: Log) -> None:
    biased(log)
    with log.ports.database.work() as work:
        former = work.indexes.get(SHOP)
        work.indexes.remove(SHOP)
        work.indexes.add(replace(former, created_at=log.now))
    assert learning.learn(log.ports, SHOP) == 0
    assert clicks(log.ports, By.KIND, learning.kept_period(log.ports), index=SHOP) == []


def test_an_index_that_is_gone_teaches_nothing(log: Log) -> None:
    with pytest.raises(NotFound):
        learning.learn(log.ports, "gone")


def test_bots_are_left_out_before_it_learns(log: Log) -> None:
    for _ in range(130):
        log.page(["first", "second"], clicks=["first"], client="cl_bot")
    biased(log)
    log.sweep()
    assert learned(log)["first"].clicks == 90


def test_one_without_clicks_is_looked_at_no_more_often_than_others(log: Log) -> None:
    set_by_hand(log, 1.0, 0.5)
    log.sweep()
    learning.send_due(log.ports)
    assert log.sent == []
    with log.ports.database.read() as work:
        assert work.learning.learned_at(SHOP) == log.now
        assert work.learning.ctr(SHOP, ["a"]) == {}
