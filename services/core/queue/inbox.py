"""Where the answers to one process's questions arrive: one connection, however many wait."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any, Final
from uuid import uuid4

import redis
from celery.states import READY_STATES
from redis.client import PubSub

logger: Final = logging.getLogger(__name__)
_PATIENCE_S: Final = 0.25
"""How long a look for answers lasts before it is seen whether to end."""
_PAUSE_S: Final = 0.2
"""Between tries to reach a broker that is away."""
_LEAVING_S: Final = 3.0


@dataclass(slots=True, eq=False)
class Question:
    """What one caller waits for; `answer` is Celery's record of the ended task."""

    id: str
    answer: dict[str, Any] | None = None
    done: Event = field(default_factory=Event)


class Inbox:
    """Hears of ended tasks by the result backend's announcements; safe from several threads.

    All ids of a process begin alike, so one pattern subscription serves every question and no
    question costs a subscription of its own. An answer that nobody waits for any more is dropped.
    """

    def __init__(self, client: redis.Redis, *, key: Callable[[str], bytes]) -> None:
        """`key` is where the backend keeps, and how it announces, what a task of that id gave."""
        self._client = client
        self._key = key
        self._mine = uuid4().hex
        self._count = 0
        self._waiting: dict[str, Question] = {}
        self._lock = Lock()
        self._closed = Event()
        self._stale = False
        self._connected = True
        self._thread: Thread | None = None

    @contextmanager
    def question(self) -> Iterator[Question]:
        """A question that is forgotten at the end, whatever became of it."""
        with self._lock:
            self._count += 1
            asked = Question(f"{self._mine}-{self._count}")
            self._waiting[asked.id] = asked
            if self._thread is None:
                self._thread = Thread(target=self._listen, name="answers", daemon=True)
                self._thread.start()
        try:
            yield asked
        finally:
            with self._lock:
                self._waiting.pop(asked.id, None)

    def look_for(self, asked: Question) -> None:
        """Fetch the answer if it was announced while nobody listened. Raises RedisError."""
        found = self._client.get(self._key(asked.id))
        if found is not None and not asked.done.is_set():
            self._stale = True
            self._deliver(found)

    @property
    def waiting(self) -> int:
        """Questions that are not answered yet."""
        return len(self._waiting)

    def close(self) -> None:
        """Stop listening; what still waits gets no answer."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(_LEAVING_S)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with PubSub(self._client.connection_pool) as pubsub:
                    pubsub.psubscribe(self._key(f"{self._mine}-*"))
                    self._stale = False
                    self._hear(pubsub)
            except (redis.RedisError, OSError) as error:
                if self._connected:  # once, not at each of the tries that follow
                    logger.warning("answers.disconnected: %s", type(error).__name__)
                self._connected = False
                self._closed.wait(_PAUSE_S)
            except Exception:  # nobody would listen any more, and nobody would know
                logger.exception("answers.failed")
                self._closed.wait(_PAUSE_S)

    def _hear(self, pubsub: PubSub) -> None:
        while not self._closed.is_set() and not self._stale:
            message = pubsub.get_message(timeout=_PATIENCE_S)
            if message is None:
                continue
            if message["type"] == "psubscribe":
                self._connected = True
                # Also after a connection that was lost: what was said meanwhile lies in its key.
                self._catch_up()
            elif message["type"] == "pmessage":
                self._deliver(message["data"])

    def _catch_up(self) -> None:
        with self._lock:
            keys = [self._key(each) for each in self._waiting]
        for found in self._client.mget(keys) if keys else ():
            if found is not None:
                self._deliver(found)

    def _deliver(self, record: bytes | str) -> None:
        try:
            answer = json.loads(record)
            task_id, ended = answer["task_id"], answer["status"] in READY_STATES
        except (ValueError, TypeError, KeyError):
            logger.warning("answers.unreadable: %d bytes", len(record))
            return
        if not ended:
            return
        with self._lock:
            asked = self._waiting.pop(task_id, None)
        if asked is not None:
            asked.answer = answer
            asked.done.set()
        # Read or too late, nobody else will fetch it: its memory is worth more at once.
        with suppress(redis.RedisError, OSError):
            self._client.unlink(self._key(task_id))
