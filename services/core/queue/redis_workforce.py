"""Which workers are alive: each says so in Redis every second, and falls silent when it dies."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Final

import redis
from celery import Celery

from services.core.errors import Unavailable
from services.core.queue.redis_client import Client, connect
from services.core.queue.redis_models import read_owners
from services.core.types.models import Owner
from services.core.types.work import WorkerInfo

PREFIX: Final = "margay:worker"
BEAT_S: Final = 1.0
SILENT_S: Final = 4
"""Who has not been heard of for so long is dead."""


class RedisWorkforce:
    """`ports.queue.Workforce` on the heartbeats."""

    def __init__(self, app: Celery) -> None:
        self._client = connect(app)

    def workers(self) -> tuple[WorkerInfo, ...]:
        try:
            keys = sorted(self._client.scan_iter(match=f"{PREFIX}:*", count=1000))
            values = self._client.mget(keys) if keys else []
        except redis.RedisError as error:
            raise Unavailable("Redis does not answer: nobody can say who works") from error
        found = (_parsed(value) for value in values if value is not None)
        return tuple(info for info in found if info is not None)

    def owners(self) -> tuple[Owner, ...]:
        """Who has models in memory, and how they do there. Raises Unavailable."""
        try:
            return read_owners(self._client)
        except redis.RedisError as error:
            raise Unavailable("Redis does not answer: nobody can say how models do") from error

    def close(self) -> None:
        self._client.close()


def note_alive(client: Client, info: WorkerInfo) -> None:
    """Say that this worker lives, for the next seconds. Raises redis.RedisError."""
    value = asdict(info) | {"started_at": info.started_at.isoformat()}
    client.set(key(info), json.dumps(value), ex=SILENT_S)


def note_gone(client: Client, info: WorkerInfo) -> None:
    """Say that it takes nothing any more. Raises redis.RedisError."""
    client.delete(key(info))


def key(info: WorkerInfo) -> str:
    """Where a worker says that it lives: role first, so that one role's can be looked for."""
    return f"{PREFIX}:{info.role}:{info.host}:{info.pid}"


def _parsed(value: str | bytes) -> WorkerInfo | None:
    """None for what another version wrote otherwise: it is no reason to answer nothing."""
    try:
        given = json.loads(value)
        return WorkerInfo(**given | {"started_at": datetime.fromisoformat(given["started_at"])})
    except (ValueError, TypeError, KeyError):
        return None
