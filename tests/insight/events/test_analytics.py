"""Click rates by group: what is seen, clicked and bought, corrected for position."""

from __future__ import annotations

import pytest

from services.core.errors import InputError, NotFound
from services.core.types.analytics import By, StoredPropensities
from services.core.types.documents import Document
from services.core.types.events import Action
from services.insight.events import learning
from services.insight.events.analytics import Clicks, clicks
from tests.insight.events.conftest import SHOP, Log


def found(log: Log, by: By, **more: str) -> dict[tuple[str | None, str | None], Clicks]:
    period = learning.kept_period(log.ports)
    rows = clicks(log.ports, by, period, index=SHOP, **more)
    return {(each.key, each.variant): each for each in rows}


def test_rates_are_of_what_was_seen_and_shares_of_searches(log: Log) -> None:
    for number in range(10):
        query = log.page(["a", "b"], clicks=["a"] if number < 4 else [])
    log.act(query, Action.PURCHASE, "b")
    log.page(["a"], kind="image", text=None)
    log.write()
    rows = found(log, By.KIND)
    text = rows["text", None]
    assert (text.searches, text.seen, text.clicks, text.purchases) == (10, 20, 4, 1)
    assert text.ctr is not None
    assert text.ctr.ctr == pytest.approx(0.2)
    assert text.ctr.interval.low < 0.2 < text.ctr.interval.high
    assert (text.click_rate, text.conversion) == (0.4, 0.1)
    assert rows["image", None].clicks == 0


def test_the_corrected_rate_is_of_what_was_looked_at(log: Log) -> None:
    with log.ports.database.work() as work:
        work.learning.put_propensities(SHOP, StoredPropensities((1.0, 0.25), "set", log.now))
    for number in range(16):
        log.page(["a", "b"], clicks=["b"] if number < 2 else [])
    log.write()
    second = found(log, By.POSITION)["2", None]
    assert second.ctr is not None
    assert second.corrected is not None
    assert second.ctr.ctr == pytest.approx(2 / 16)
    assert second.corrected.ctr == pytest.approx(2 / 4)
    assert (second.searches, second.click_rate) == (None, None)


def test_variants_of_an_experiment_stand_apart(log: Log) -> None:
    for number in range(6):
        variant = ("control", "new")[number % 2]
        clicked = ["a"] if variant == "new" else []
        log.page(["a"], clicks=clicked, experiment="e", variant=variant)
    log.page(["a"])
    log.write()
    rows = found(log, By.EXPERIMENT)
    assert {group: row.clicks for group, row in rows.items()} == {
        ("e", "control"): 0,
        ("e", "new"): 3,
        (None, None): 0,
    }


def test_categories_are_a_declared_string_of_the_documents(log: Log) -> None:
    with log.ports.database.work() as work:
        lamp = Document("l", title="l", attributes={"category": "lamps"})
        work.documents.put(SHOP, lamp, sequence=1, views=["l"], now=log.now)
    log.page(["l", "gone"], clicks=["l"])
    log.write()
    rows = found(log, By.CATEGORY)
    assert {group: row.clicks for group, row in rows.items()} == {
        ("lamps", None): 1,
        (None, None): 0,
    }
    with pytest.raises(InputError, match="attribute"):
        found(log, By.CATEGORY, attribute="price")


def test_only_indexes_are_compared_over_all_of_them(log: Log) -> None:
    log.page(["a"])
    log.write()
    period = learning.kept_period(log.ports)
    assert [each.key for each in clicks(log.ports, By.INDEX, period, index=None)] == [SHOP]
    with pytest.raises(InputError, match="index"):
        clicks(log.ports, By.KIND, period, index=None)
    with pytest.raises(NotFound):
        clicks(log.ports, By.KIND, period, index="gone")


def test_a_search_nobody_looked_at_has_no_rate(log: Log) -> None:
    log.search("a")
    log.write()
    row = found(log, By.KIND)["text", None]
    assert (row.ctr, row.corrected, row.click_rate, row.conversion) == (None, None, 0.0, 0.0)
