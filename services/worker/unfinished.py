"""Which tasks of a job run where, so that one that kills its worker each time is found out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

import redis

from services.core.queue import redis_workforce
from services.core.queue.redis_client import Client
from services.core.types.work import WorkerInfo

logger: Final = logging.getLogger(__name__)
PREFIX: Final = "margay:running"
KEPT_S: Final = 24 * 3600


class Unfinished:
    """Notes in Redis who runs a task, and forgets it at its end, however it ends.

    A note of a worker that has no heartbeat any more is of a task that its worker did not survive.
    Only a count rests on it, so a broker that is away is taken for "nothing is known".
    """

    def __init__(self, client: Client, who: WorkerInfo) -> None:
        self._client = client
        self._mine = redis_workforce.key(who)

    @contextmanager
    def running(self, task: str, ids: Mapping[str, str], *, redelivered: bool) -> Iterator[bool]:
        """Yield whether the process that ran it before died of it, or with it.

        `redelivered`: the message was in hand already, of a process that may be another's child.
        """
        key = f"{PREFIX}:{task}:{':'.join(ids[name] for name in sorted(ids))}"
        noted, died = False, False
        with suppress(redis.RedisError):
            noted, died = self._note(key, redelivered=redelivered)
        try:
            yield died
        finally:
            if noted:
                with suppress(redis.RedisError):
                    self._client.delete(key)

    def _note(self, key: str, *, redelivered: bool) -> tuple[bool, bool]:
        """Whether the note is ours now, and whether it was left by a dead worker."""
        if self._client.set(key, self._mine, nx=True, ex=KEPT_S):
            return True, False
        before = self._client.get(key)
        if before is not None and not redelivered and self._client.exists(before):
            return False, False  # it runs there
        self._client.set(key, self._mine, ex=KEPT_S)
        logger.warning("task.unfinished: %s of %s", key, before)
        return True, before is not None
