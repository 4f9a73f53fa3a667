"""The Celery queue on a real Redis: merging, sending, outages."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

import pytest
import redis
from celery import Celery

from services.core.queue import names
from services.core.queue.celery_queue import CeleryQueue
from services.core.queue.markers import BEGINS_WITHIN_S, SENDING_S, WAITING_S
from services.core.queue.redis_breaker import PAUSE_S
from tests.contract.queue import PATIENCE_S
from tests.core.queue.conftest import app_of
from tests.servers import Server

pytestmark = pytest.mark.stack

JOB = {"job_id": "job_1"}


def _sent(client: redis.Redis, queue: str = names.INGEST) -> list[dict[str, str]]:
    """The arguments of the messages that wait, the first to be taken first."""
    messages = [json.loads(each) for each in reversed(client.lrange(queue, 0, -1))]
    return [json.loads(_decoded(each["body"]))[1] for each in messages]


def _decoded(body: str) -> str:
    return base64.b64decode(body).decode()


@pytest.fixture
def queue(app: Celery) -> Iterator[CeleryQueue]:
    queue = CeleryQueue(app)
    yield queue
    queue.close()


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class TestMerging:
    def test_an_equal_message_is_not_sent_beside_one_that_waits(
        self, queue: CeleryQueue, client: redis.Redis
    ) -> None:
        for _ in range(3):
            queue.send(names.INGEST_PREPARE, {"job_id": "job_1", "index": "shop"})
            queue.send(names.INGEST_PREPARE, {"index": "shop", "job_id": "job_1"})
        queue.send(names.INGEST_EXPAND, JOB)
        queue.send(names.INGEST_PREPARE, JOB)
        assert _sent(client) == [{"job_id": "job_1", "index": "shop"}, JOB, JOB]

    def test_what_is_sent_after_the_task_began_is_sent(
        self, queue: CeleryQueue, client: redis.Redis
    ) -> None:
        queue.send(names.INGEST_PREPARE, JOB)
        assert queue.began(names.INGEST_PREPARE, JOB)
        queue.send(names.INGEST_PREPARE, JOB)
        assert _sent(client) == [JOB, JOB]

    def test_of_many_who_send_at_once_one_does(
        self, server: Server, client: redis.Redis, closing: ExitStack
    ) -> None:
        apps = [closing.enter_context(app_of(server.url)) for _ in range(3)]
        queues = [closing.enter_context(contextlib.closing(CeleryQueue(app))) for app in apps]
        jobs = [{"job_id": f"job_{number}"} for number in range(20)]
        together = threading.Barrier(6)

        def send(queue: CeleryQueue) -> None:
            together.wait(PATIENCE_S)
            for job in jobs:
                queue.send(names.INGEST_PREPARE, job)

        threads = [threading.Thread(target=send, args=(queues[n % 3],)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert sorted(each["job_id"] for each in _sent(client)) == sorted(
            job["job_id"] for job in jobs
        )

    def test_no_send_that_follows_the_last_change_is_swallowed(
        self, queue: CeleryQueue, client: redis.Redis
    ) -> None:
        """Senders change a number and send; a worker begins and reads it: the last is read."""
        value, read, done = [0], [0], threading.Event()

        def work() -> None:
            while not (done.is_set() and not client.llen(names.INGEST)):
                if client.rpop(names.INGEST) is not None:
                    queue.began(names.INGEST_PREPARE, JOB)
                    read[0] = value[0]

        worker = threading.Thread(target=work)
        worker.start()
        for number in range(1, 301):
            value[0] = number
            queue.send(names.INGEST_PREPARE, JOB)
        done.set()
        worker.join(PATIENCE_S)
        assert read[0] == 300

    def test_a_mark_whose_message_was_perhaps_not_sent_stands_for_seconds_only(
        self, app: Celery, queue: CeleryQueue, client: redis.Redis
    ) -> None:
        class Cut(CeleryQueue):
            def _publish(self, task: str, ids: Mapping[str, str]) -> None:
                raise redis.ConnectionError

        with contextlib.closing(Cut(app)) as cut:
            cut.send(names.INGEST_PREPARE, JOB)
        (mark,) = client.keys("margay:waiting:*")
        assert 0 < client.ttl(mark) <= SENDING_S
        client.delete(mark)
        queue.send(names.INGEST_PREPARE, JOB)
        assert SENDING_S < client.ttl(mark) <= WAITING_S

    def test_a_message_that_vanished_is_sent_again_within_seconds(
        self, queue: CeleryQueue, client: redis.Redis
    ) -> None:
        queue.send(names.INGEST_PREPARE, JOB)
        (mark,) = client.keys("margay:waiting:*")
        client.expire(mark, WAITING_S - BEGINS_WITHIN_S - 1)
        queue.send(names.INGEST_PREPARE, JOB)
        assert _sent(client) == [JOB], "it is still there, however long it waits"
        client.rpop(names.INGEST)  # by a worker that is killed before it begins
        queue.send(names.INGEST_PREPARE, JOB)
        assert _sent(client) == [JOB]
        client.rpop(names.INGEST)
        queue.send(names.INGEST_PREPARE, JOB)
        assert _sent(client) == [], "another may be about to begin it"

    def test_what_is_held_elsewhere_is_not_sent(
        self, queue: CeleryQueue, client: redis.Redis
    ) -> None:
        assert queue.hold(names.INGEST_EMBED, JOB, for_s=5)
        queue.send(names.INGEST_EMBED, JOB)
        assert _sent(client, names.EMBED_INDEX) == []


class TestSending:
    def test_what_is_not_due_is_not_sent(self, queue: CeleryQueue, client: redis.Redis) -> None:
        queue.send(names.INGEST_PREPARE, JOB, delay_s=0.001)
        assert client.keys("*") == []
        queue.send(names.INGEST_PREPARE, JOB)
        assert _sent(client) == [JOB]

    def test_a_task_of_no_queue_is_refused(self, queue: CeleryQueue) -> None:
        with pytest.raises(ValueError, match="nonsense"):
            queue.send("nonsense", JOB)

    def test_the_length_of_each_queue_is_told(self, queue: CeleryQueue) -> None:
        for number in range(3):
            queue.send(names.INGEST_EMBED, {"job_id": f"job_{number}"})
        assert queue.waiting(names.EMBED_INDEX) == 3
        assert queue.waiting(names.INGEST) == 0

    def test_a_message_holds_the_ids_and_nothing_to_be_unpickled(
        self, queue: CeleryQueue, client: redis.Redis
    ) -> None:
        queue.send(names.INGEST_PREPARE, JOB)
        message = json.loads(client.lindex(names.INGEST, 0))
        assert message["content-type"] == "application/json"
        assert message["headers"]["task"] == names.INGEST_PREPARE
        assert message["headers"]["eta"] is None


class TestOutage:
    """The broker is down for a test; the others find it up again."""

    @pytest.fixture(autouse=True)
    def up_again(self, server: Server, client: redis.Redis) -> Iterator[None]:
        yield
        with contextlib.suppress(redis.RedisError):
            client.ping()
            return
        server.start()

    def test_a_broker_that_is_down_fails_nobody_and_is_logged_once(
        self,
        server: Server,
        app: Celery,
        caplog: pytest.LogCaptureFixture,
        closing: ExitStack,
    ) -> None:
        now = [0.0]
        queue = CeleryQueue(app, clock=lambda: now[0])
        closing.callback(queue.close)
        queue.send(names.INGEST_PREPARE, JOB)
        server.kill()
        with caplog.at_level(logging.INFO, logger="services"):
            for number in range(5):
                queue.send(names.INGEST_PREPARE, {"job_id": f"other_{number}"})
                assert queue.waiting(names.INGEST) is None
                now[0] += 10
            assert [each.message[:11] for each in caplog.records] == ["broker.down"]
            server.start()
            queue.send(names.INGEST_EXPAND, JOB)
            assert caplog.records[-1].message == "broker.back"
            assert queue.waiting(names.INGEST) == 2, "what was sent before is still there"

    def test_nothing_is_tried_for_a_while_after_a_failure(
        self, server: Server, app: Celery, client: redis.Redis, closing: ExitStack
    ) -> None:
        now = [0.0]
        queue = CeleryQueue(app, clock=lambda: now[0])
        closing.callback(queue.close)
        server.kill()
        queue.send(names.INGEST_PREPARE, JOB)
        server.start()
        queue.send(names.INGEST_PREPARE, JOB)
        assert queue.waiting(names.INGEST) is None
        assert client.llen(names.INGEST) == 0
        now[0] += PAUSE_S
        queue.send(names.INGEST_PREPARE, JOB)
        assert _sent(client) == [JOB]

    def test_the_first_message_after_a_restart_arrives(
        self, server: Server, queue: CeleryQueue, client: redis.Redis
    ) -> None:
        """Its connections are those of before: they are found broken, and made anew."""
        queue.send(names.INGEST_PREPARE, JOB)
        server.stop()
        server.start()
        queue.send(names.INGEST_EXPAND, JOB)
        assert len(_sent(client)) == 2

    def test_a_broker_that_is_frozen_holds_nobody_up_for_long(
        self, server: Server, app: Celery, client: redis.Redis, closing: ExitStack
    ) -> None:
        now = [0.0]
        queue = CeleryQueue(app, clock=lambda: now[0])
        closing.callback(queue.close)
        queue.send(names.INGEST_PREPARE, JOB)
        server.pause()
        try:
            queue.send(names.INGEST_EXPAND, JOB)
            for _ in range(1000):  # each would wait for an answer, were it asked
                queue.send(names.INGEST_EXPAND, JOB)
            assert queue.waiting(names.INGEST) is None
        finally:
            server.resume()
        now[0] += PAUSE_S
        queue.send(names.INDEX_REBUILD, JOB)
        assert _sent(client, names.EMBED_INDEX) == [JOB]
