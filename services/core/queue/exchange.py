"""Questions to the embedder and their answers, over Celery and the Redis behind it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any, Final
from uuid import uuid4

import redis
from celery import Celery
from kombu.exceptions import KombuError
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.core.errors import EmbedderDown
from services.core.queue import names, redis_workforce
from services.core.queue.celery_app import CONNECT_S
from services.core.queue.inbox import Inbox, Question
from services.core.queue.redis_client import SILENCE_S
from services.core.types.documents import Json
from services.core.types.work import Roster

logger: Final = logging.getLogger(__name__)

EMBEDDERS: Final = "margay:embedders"
SCORERS: Final = "margay:scorers"
_BEATS: Final = f"{redis_workforce.PREFIX}:embedder:*"
_BLOB: Final = "margay:blob:"
_KEEP: Final = """
redis.set_repl(redis.REPL_NONE)
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
"""
"""What a caller shows us is written to no disk, though the broker writes down its commands."""
_FRESH_S: Final = 0.5
"""How long what was looked up is believed, and how often those who wait look again."""
_REST_S: Final = 1.0
"""A broker that failed is not asked again for so long."""
_AGAIN_S: Final = 30.0
"""What a worker wrote about its models is written again, should the broker have lost it."""
_REPLACED_S: Final = 3.0
"""How long others than those that were asked have to find the question where it lies."""
_CARRY_S: Final = 15.0
"""How long a medium of the largest size may take to the broker or from it."""
_PAGE: Final = 1000
_FAULTS: Final = (redis.RedisError, KombuError, OSError)
"""What a broker that is away, restarting or full makes its clients raise."""


class Exchange:
    """One process's way to the embedders and theirs back; safe from several threads.

    Connects when first used. Everybody's clock is the broker's (`now`): deadlines hold between
    machines whose own clocks differ.
    """

    def __init__(self, app: Celery, *, clock: Callable[[], float] = monotonic) -> None:
        self._app = app
        self._clock = clock
        self._client = _connect(app.conf.broker_url, silence_s=SILENCE_S)
        self._carrier = _connect(app.conf.broker_url, silence_s=_CARRY_S)
        self._inbox = Inbox(self._client, key=app.backend.get_key_for_task)
        self._looking = Lock()
        self._roster: Roster | None = None
        self._looked_at = float("-inf")
        self._ahead_s = 0.0
        self._broken_until = float("-inf")
        self._broken = ""
        self._written: dict[tuple[str, str], tuple[str, float]] = {}

    def call(
        self,
        task: str,
        payload: Mapping[str, Json],
        *,
        timeout_s: float,
        unwanted: Callable[[], bool] = lambda: False,
    ) -> Json:
        """Have an embedder run a task and return its answer.

        Raises EmbedderDown at once when none is alive, and as soon as the last one has died, the
        time is up or the answer is `unwanted` (looked at twice a second).
        """
        end = self._clock() + timeout_s
        alive = self._alive()
        with self._inbox.question() as asked:
            with self._reaching():
                self._send(task, asked.id, payload)
            self._await(asked, of=alive, end=end, unwanted=unwanted)
            record = asked.answer
        assert record is not None, "a question that is done has its answer"
        if record.get("status") != "SUCCESS":
            logger.warning("exchange.task_failed: %s %s", task, record.get("status"))
            raise EmbedderDown(f"the embedder failed at {task}; its log says why")
        answer: Json = record.get("result")
        return answer

    def roster(self) -> Roster:
        """Who is alive and what they have, at most half a second old. Raises EmbedderDown."""
        with self._looking:
            if self._roster is None or self._clock() - self._looked_at >= _FRESH_S:
                with self._reaching():
                    self._roster = self._look()
                self._looked_at = self._clock()
            return self._roster

    def forget_roster(self) -> None:
        """Look again at the next question, however fresh the last look is."""
        self._looked_at = float("-inf")

    def now(self) -> float:
        """Seconds by the broker's clock, the same in every process. Raises EmbedderDown."""
        self.roster()
        return self._clock() + self._ahead_s

    def put_blob(self, data: bytes, *, ttl_s: float) -> str:
        """Keep bytes for one reader, at most `ttl_s` seconds; its id. Raises EmbedderDown.

        They are in the broker's memory only, neither in its append-only file nor in replicas.
        """
        return self.put_blobs([data], ttl_s=ttl_s)[0]

    def put_blobs(self, blobs: Sequence[bytes], *, ttl_s: float) -> list[str]:
        """Several in one trip; see `put_blob`."""
        ids = [uuid4().hex for _ in blobs]
        with self._reaching(), self._carrier.pipeline(transaction=False) as pipe:
            for blob_id, data in zip(ids, blobs, strict=True):
                pipe.eval(_KEEP, 1, f"{_BLOB}{blob_id}", data, max(1, int(ttl_s * 1000)))
            pipe.execute()
        return ids

    def take_blob(self, blob_id: str) -> bytes:
        """Read bytes and forget them. Raises EmbedderDown if they are gone."""
        with self._reaching():
            data = self._carrier.getdel(f"{_BLOB}{blob_id}")
        if not isinstance(data, bytes):
            raise EmbedderDown("a medium of the question is gone: it came too late")
        return data

    def drop_blobs(self, ids: Sequence[str]) -> None:
        """Forget those that nobody took; if the broker is away they run out by themselves."""
        if ids:
            self._try(lambda: self._client.unlink(*(f"{_BLOB}{each}" for each in ids)))

    def write(self, board: str, name: str, text: str) -> None:
        """Describe a model on a board (EMBEDDERS, SCORERS), where `roster` finds it.

        Costs nothing while the same was written lately. A broker that is away is logged only.
        """
        before, at = self._written.get((board, name), ("", float("-inf")))
        if before == text and self._clock() - at < _AGAIN_S:
            return
        if self._try(lambda: self._client.hset(board, name, text)):
            self._written[board, name] = (text, self._clock())

    def wipe(self, board: str) -> None:
        """Forget what was written on a board. Raises EmbedderDown."""
        with self._reaching():
            self._client.delete(board)
        for key in [each for each in self._written if each[0] == board]:
            del self._written[key]

    @property
    def waiting(self) -> int:
        """Questions under way."""
        return self._inbox.waiting

    def close(self) -> None:
        """End the thread and the connections; the application's own are its owner's."""
        self._inbox.close()
        self._client.close()
        self._carrier.close()

    def _alive(self) -> Set[str]:
        workers = self.roster().workers
        if not workers:
            raise EmbedderDown("no embedder is running")
        return workers

    def _send(self, task: str, task_id: str, payload: Mapping[str, Json]) -> None:
        # Not `send_task`: it would subscribe to each answer apart. No text of a caller in the
        # headers either: workers may log them.
        message = self._app.amqp.create_task_message(
            task_id, task, (), {"payload": payload}, argsrepr="", kwargsrepr=""
        )
        with self._app.producer_pool.acquire(block=True, timeout=SILENCE_S) as producer:
            begun = self._clock()
            try:
                self._publish(producer, task, message)
            except _FAULTS:
                if self._clock() - begun >= CONNECT_S:
                    raise
                # The connection was one of before a restart. Answered twice is harmless.
                self._publish(producer, task, message)

    def _publish(self, producer: Any, task: str, message: Any) -> None:
        self._app.amqp.send_task_message(
            producer, task, message, queue=names.EMBED_QUERY, retry=False
        )

    def _await(
        self, asked: Question, *, of: Set[str], end: float, unwanted: Callable[[], bool]
    ) -> None:
        """`of` are the workers of whom one took the question, or will if it still lies there."""
        begun = known = self._clock()
        while not asked.done.wait(max(0.0, min(_FRESH_S, end - self._clock()))):
            now = self._clock()
            if now >= end:
                raise EmbedderDown(f"no embedder answered within {end - begun:.1f} s")
            if unwanted():
                raise EmbedderDown("the question was given up")
            if of & self._alive():
                known = now
            elif now - known > _REPLACED_S:
                raise EmbedderDown("the embedder that was asked is gone")
            with self._reaching():
                self._inbox.look_for(asked)

    def _look(self) -> Roster:
        with self._client.pipeline(transaction=False) as pipe:
            pipe.time()
            pipe.hgetall(EMBEDDERS)
            pipe.hgetall(SCORERS)
            pipe.scan(0, match=_BEATS, count=_PAGE)
            (seconds, micros), embedders, scorers, (cursor, beats) = pipe.execute()
        self._ahead_s = seconds + micros / 1e6 - self._clock()
        while cursor:
            cursor, more = self._client.scan(cursor, match=_BEATS, count=_PAGE)
            beats += more
        # With what each says of itself: in a container started again the process has the same id.
        said = self._client.mget(beats) if beats else []
        alive = {key + b" " + value for key, value in zip(beats, said, strict=True) if value}
        return Roster(frozenset(map(bytes.decode, alive)), _texts(embedders), _texts(scorers))

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Turn the broker's failures into EmbedderDown, and do not ask it again for a moment."""
        if self._clock() < self._broken_until:
            raise EmbedderDown(self._broken)
        try:
            yield
        except _FAULTS as error:
            self._broken = f"the broker does not answer ({type(error).__name__})"
            self._broken_until = self._clock() + _REST_S
            raise EmbedderDown(self._broken) from error

    def _try(self, act: Callable[[], object]) -> bool:
        """Do what nobody's answer depends on; whether it worked."""
        try:
            with self._reaching():
                act()
        except EmbedderDown as error:
            logger.info("exchange.not_tidied: %s", error)
            return False
        return True


def _connect(url: str, *, silence_s: float) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_S,
        socket_timeout=silence_s,
        socket_keepalive=True,
        # A connection of before a restart; what takes too long is not asked twice.
        retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),
    )


def _texts(found: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): text.decode("utf-8", "replace") for name, text in found.items()}
