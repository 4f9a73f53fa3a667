"""A plain connection to the broker's Redis for what is no message: marks, heartbeats, lengths."""

from __future__ import annotations

from typing import Final, TypeAlias

import redis
from celery import Celery
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.core.queue.celery_app import CONNECT_S

Client: TypeAlias = redis.Redis
SILENCE_S: Final = 2.0
"""A command that is not answered for so long has failed."""


def connect(app: Celery) -> Client:
    """Make a client that fails within seconds and connects at its first command.

    Safe for threads, and across a fork. Its commands raise redis.RedisError.
    """
    return redis.Redis.from_url(
        app.conf.broker_url,
        decode_responses=True,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=SILENCE_S,
        socket_keepalive=True,
        health_check_interval=15,
        # Once more, at once: the connection may be one of before a restart. Silence is not asked
        # again.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )
