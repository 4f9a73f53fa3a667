"""Tells bots from people: by what they call themselves, and by how much they do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from services.core.ports import Ports

# Programs that visit pages by themselves name themselves so (Cubot makes telephones). Libraries
# (curl, httpx ...) are left out on purpose: a shop's own server searches through one, and sends
# its visitors' events.
_NAMES: Final = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|headless|lighthouse|pagespeed|preview|scrap(?:er|y)\b"
    r"|facebookexternalhit|archiver|monitor(?:ing)?\b|uptime|pingdom|phantomjs|wget",
    re.IGNORECASE,
)
MOST_SEARCHES: Final = 120
"""Of one client within a minute: two a second, the whole minute, is nobody who reads answers."""
MOST_DEEDS: Final = 60
"""Clicks and what follows them, likewise; impressions come as fast as somebody scrolls."""
LOOK_BACK: Final = timedelta(hours=1)


def named_bot(user_agent: str) -> bool:
    """Whether a program says of itself that nobody sits before it."""
    return _NAMES.search(user_agent) is not None


def exclude_busy(ports: Ports, *, look_back: timedelta = LOOK_BACK) -> int:
    """Take for bots the clients that did too much within a minute; how many events that ended.

    Looks at the last hour; repeating it changes nothing. What they did before that minute counts.
    """
    excluded = 0
    with ports.database.read() as work:
        busy = work.events.busy_clients(
            since=ports.clock() - look_back, searches=MOST_SEARCHES, deeds=MOST_DEEDS
        )
    for client, since in busy.items():
        with ports.database.work() as work:
            excluded += work.events.exclude_clients([client], since=since)
    return excluded
