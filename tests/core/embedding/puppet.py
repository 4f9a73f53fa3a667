"""A worker whose every move a test makes: it takes messages and answers as real ones do."""

import base64
import json
import warnings
from dataclasses import dataclass
from typing import Any

import redis
from celery import Celery

from services.core.queue.celery_app import make_app
from services.core.settings import Settings, Stores

BEAT = "margay:worker:embedder:puppet:1"


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as a worker sees it."""

    id: str
    task: str
    payload: dict[str, Any]
    raw: bytes


class Puppet:
    def __init__(self, url: str) -> None:
        self.app: Celery = make_app(Settings(stores=Stores(broker_url=url)))
        self.redis = redis.Redis.from_url(url, socket_timeout=60)

    def live(self, *, as_of: str = "now") -> None:
        self.redis.set(BEAT, json.dumps({"started_at": as_of}), ex=600)

    def die(self) -> None:
        self.redis.delete(BEAT)

    def take(self, *, wait_s: float = 10) -> Asked:
        """The next message; an AssertionError if none comes."""
        found = self.redis.blpop(["embed.query"], timeout=wait_s)
        assert found is not None, "no message came"
        envelope = json.loads(found[1])
        _, kwargs, _ = json.loads(base64.b64decode(envelope["body"]))
        headers = envelope["headers"]
        return Asked(headers["id"], headers["task"], kwargs["payload"], found[1])

    def answer(self, asked: Asked, value: Any, *, state: str = "SUCCESS") -> None:
        with warnings.catch_warnings():
            # Celery's, of a command that Redis' client would rather have called otherwise.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.app.backend.store_result(asked.id, value, state)

    def take_and_answer(self, value: Any) -> dict[str, Any]:
        """Answer the next message, whatever it asks; what it asked."""
        asked = self.take()
        self.answer(asked, value)
        return asked.payload

    def describe(self, board: str, name: str, description: str) -> None:
        self.redis.hset(board, name, description)

    def close(self) -> None:
        self.redis.flushdb()
        self.redis.close()
        self.app.close()
