"""Tells bots from people: by what they call themselves, and by how much they do."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from services.core.ports import Ports

# Programs that visit pages by themselves name themselves so. Libraries (curl, httpx ...) are left
# out on purpose: a shop's own server searches through one, and sends its visitors' events.
_NAMES: Final = re.compile(
    r"bot\b|bot[/;_-]|crawl|spider|slurp|headless|lighthouse|pagespeed|preview|scrap(?:er|y)\b"
    r"|facebookexternalhit|archiver|monitor(?:ing)?\b|uptime|pingdom|phantomjs|wget",
    re.IGNORECASE,
)
WINDOW: Final = timedelta(minutes=1)
MOST: Final = 120
"""Searches, or events, of one client within a minute: two a second is nobody with eyes."""
LOOK_BACK: Final = timedelta(hours=1)


def named_bot(user_agent: str) -> bool:
    """Whether a program says of itself that nobody sits before it."""
    return _NAMES.search(user_agent) is not None


def exclude_busy(ports: Ports, *, since: datetime | None = None) -> int:
    """Take for bots the clients that did too much within a minute; how many events that ended.

    Looks at the time from `since` (default: the last hour); repeating it changes nothing.
    Impressions come as fast as somebody scrolls, so the limit is far above a page of them.
    """
    now = ports.clock()
    begin = now - LOOK_BACK if since is None else since
    excluded = 0
    with ports.database.work() as work:
        for number in range(int((now - begin) / WINDOW) + 1):
            start = begin + number * WINDOW
            busy = work.events.busy_clients(since=start, until=start + WINDOW, more_than=MOST)
            if busy:
                excluded += work.events.exclude_clients(busy, since=start)
    return excluded
