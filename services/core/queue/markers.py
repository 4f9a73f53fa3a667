"""Marks in Redis that a message waits, so that an equal one is not sent beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from services.core.queue.redis_client import Client

PREFIX: Final = "margay:waiting"
WAITING_S: Final = 300
"""A message that waits longer may get an equal one beside it: more, if it was lost."""
SENDING_S: Final = 10
"""As long as a mark stands whose message was perhaps never sent."""


class Markers:
    """One mark for each task and its ids. Every method may raise redis.RedisError."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def place(self, task: str, ids: Mapping[str, str]) -> bool:
        """Tell whether nobody had marked it yet: who is told True sends, then calls `keep`."""
        return bool(self._client.set(_key(task, ids), "1", nx=True, ex=SENDING_S))

    def keep(self, task: str, ids: Mapping[str, str], *, for_s: int = WAITING_S) -> None:
        """Let the mark stand until the task begins; nothing if it has begun already."""
        self._client.expire(_key(task, ids), for_s)

    def remove(self, task: str, ids: Mapping[str, str]) -> None:
        """The task begins: what is sent from now on is about something that it may not see."""
        self._client.delete(_key(task, ids))


def _key(task: str, ids: Mapping[str, str]) -> str:
    return f"{PREFIX}:{task}:{urlencode(sorted(ids.items()))}"
