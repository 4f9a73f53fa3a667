"""Kombu's way to Redis, but what is no message at all is dropped instead of ending the worker."""

from __future__ import annotations

import logging
from queue import Empty
from typing import Any, Final

from kombu.transport import redis

logger: Final = logging.getLogger(__name__)
NO_MESSAGE: Final = (ValueError, TypeError, AttributeError, LookupError)


class Channel(redis.Channel):  # type: ignore[misc]  # Kombu is not followed
    """Reads one message at a time from the lists of its queues."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except NO_MESSAGE:
            # It is out of its list already. Its text may be anything, so it is not logged.
            logger.exception("message.dropped: it is none of ours")
            raise Empty from None


class Transport(redis.Transport):  # type: ignore[misc]  # Kombu is not followed
    Channel = Channel
