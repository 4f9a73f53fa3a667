"""Bots are told by their names and by their haste; people and shops' servers are not bots."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.core.types.events import Action
from services.insight.events import bots
from tests.insight.events.conftest import Log


@pytest.mark.parametrize(
    "name",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/129.0.0.0 Safari/537.36",
        "facebookexternalhit/1.1",
        "Screaming Frog SEO Spider/20.1",
        "Pingdom.com_bot_version_1.4",
        "Wget/1.21",
    ],
)
def test_a_program_that_says_so_is_a_bot(name: str) -> None:
    assert bots.named_bot(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1.15 Safari/605.1.15",
        "Mozilla/5.0 (Linux; Android 14; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/129.0",
        "python-httpx/0.28.1",
        "okhttp/4.12.0",
    ],
)
def test_browsers_and_the_libraries_of_servers_are_not(name: str) -> None:
    assert not bots.named_bot(name)


def test_who_clicks_faster_than_people_can_does_not_count_from_then_on(log: Log) -> None:
    shown = [f"d{number}" for number in range(bots.MOST_DEEDS + 1)]
    calm = log.page(shown, clicks=shown[:3])
    hasty = log.search(*shown, client="cl_hasty")
    log.act(hasty, Action.CLICK, *shown, client="cl_hasty")
    before = log.search(*shown, client="cl_hasty")
    earlier = log.now - timedelta(minutes=30)
    log.act(before, Action.CLICK, "d0", client="cl_hasty", at=earlier)
    log.write()
    assert bots.exclude_busy(log.ports) == len(shown)
    assert bots.exclude_busy(log.ports) == 0
    with log.ports.database.read() as work:
        counting = {
            query: sum(not event.excluded for event in work.events.of_queries([query]))
            for query in (calm, hasty)
        }
        early = [each for each in work.events.of_queries([before]) if each.at == earlier]
    assert counting == {calm: len(shown) + 3, hasty: 0}
    assert len(early) == 1


def test_who_scrolls_far_is_no_bot(log: Log) -> None:
    shown = [f"d{number}" for number in range(100)]
    query = log.search(*shown, client="cl_fan")
    log.act(query, Action.IMPRESSION, *shown, client="cl_fan")
    log.write()
    assert bots.exclude_busy(log.ports) == 0
