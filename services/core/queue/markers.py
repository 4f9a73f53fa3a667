"""Marks in Redis that a message waits, so that an equal one is not sent beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from services.core.queue.redis_client import Client

PREFIX: Final = "margay:waiting"
SENDING_S: Final = 10
"""As long as a mark stands whose message was perhaps never sent."""
WAITING_S: Final = 60
"""A message that waits longer may get an equal one beside it: it may be lost."""
BEGINS_WITHIN_S: Final = 10
"""A message that left its queue begins within it, or died with the worker that took it."""
_SENDING, _WAITING, _HELD = "sending", "waiting", "held"


class Markers:
    """One mark for each task and its ids. Every method may raise redis.RedisError."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def place(self, task: str, ids: Mapping[str, str], *, queue: str) -> bool:
        """Tell whether to send: nobody had marked it yet, or what was sent is lost.

        Who is told True sends, then calls `keep`.
        """
        key = _key(task, ids)
        if self._client.set(key, _SENDING, nx=True, ex=SENDING_S):
            return True
        if not self._lost(key, queue):
            return False
        self._client.set(key, _SENDING, ex=SENDING_S)
        return True

    def keep(self, task: str, ids: Mapping[str, str]) -> None:
        """Let the mark stand until the task begins; nothing if it has begun already."""
        self._client.set(_key(task, ids), _WAITING, xx=True, ex=WAITING_S)

    def hold(self, task: str, ids: Mapping[str, str], *, for_s: int) -> None:
        """Mark what waits elsewhere than in its queue, for so many seconds."""
        self._client.set(_key(task, ids), _HELD, ex=for_s)

    def remove(self, task: str, ids: Mapping[str, str]) -> None:
        """The task begins: what is sent from now on is about something that it may not see."""
        self._client.delete(_key(task, ids))

    def _lost(self, key: str, queue: str) -> bool:
        """Whether a mark stands for a message that is in no queue and has not begun for long."""
        with self._client.pipeline(transaction=False) as pipe:
            pipe.get(key)
            pipe.ttl(key)
            pipe.llen(queue)
            state, left_s, waiting = pipe.execute()
        old = left_s < WAITING_S - BEGINS_WITHIN_S
        return bool(state == _WAITING and old and waiting == 0)


def _key(task: str, ids: Mapping[str, str]) -> str:
    return f"{PREFIX}:{task}:{urlencode(sorted(ids.items()))}"
