"""Kombu's way to Redis, but what is no message at all is dropped instead of ending the worker."""

from __future__ import annotations

import logging
from queue import Empty
from typing import Any, Final

from kombu.transport import redis, virtual

logger: Final = logging.getLogger(__name__)
NO_MESSAGE: Final = (ValueError, TypeError, AttributeError, LookupError)


class QoS(redis.QoS):  # type: ignore[misc]  # Kombu is not followed
    """Counts what is in hand, also while Redis cannot be told that it no longer is.

    A message whose acknowledgement was lost would otherwise be counted for ever: a worker that
    ended its tasks during an outage would take no other, and not even notice the outage.
    """

    def ack(self, delivery_tag: Any) -> None:
        try:
            super().ack(delivery_tag)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise

    def reject(self, delivery_tag: Any, requeue: bool = False) -> None:
        try:
            super().reject(delivery_tag, requeue=requeue)
        except Exception:
            virtual.QoS.ack(self, delivery_tag)
            raise


class Channel(redis.Channel):  # type: ignore[misc]  # Kombu is not followed
    """Reads one message at a time from the lists of its queues."""

    QoS = QoS

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except NO_MESSAGE:
            # It is out of its list already. Its text may be anything, so it is not logged.
            logger.exception("message.dropped: it is none of ours")
            raise Empty from None


class Transport(redis.Transport):  # type: ignore[misc]  # Kombu is not followed
    Channel = Channel
