"""Questions and answers over a real Redis: who waits gets its own answer, or soon none."""

import contextlib
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis as client_of_redis

from services.core.errors import EmbedderDown
from services.core.queue.exchange import EMBEDDERS, Exchange
from tests.core.embedding.fixtures import exchange_of
from tests.core.embedding.puppet import Puppet
from tests.servers import redis
from tests.servers.processes import wait_until

pytestmark = pytest.mark.stack
Pool = ThreadPoolExecutor


def ask(exchange: Exchange, pool: Pool, said: str = "x", *, timeout_s: float = 20, **more):
    return pool.submit(exchange.call, "query.embed", {"said": said}, timeout_s=timeout_s, **more)


def test_each_caller_gets_the_answer_to_its_own_question_in_whatever_order(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    asked = {said: ask(exchange, pool, said) for said in map(str, range(20))}
    for message in reversed([puppet.take() for _ in asked]):
        puppet.answer(message, {"heard": message.payload["said"]})
    for said, future in asked.items():
        assert future.result(10) == {"heard": said}


def test_no_text_of_a_caller_is_in_the_headers_that_workers_log(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    future = ask(exchange, pool, "a very private question")
    message = puppet.take()
    assert b"private" not in json.dumps(json.loads(message.raw)["headers"]).encode()
    puppet.answer(message, 1)
    future.result(10)


def test_without_a_heartbeat_a_call_ends_at_once_and_sends_nothing(
    exchange: Exchange, puppet: Puppet
) -> None:
    puppet.die()
    with pytest.raises(EmbedderDown, match="no embedder is running"):
        exchange.call("query.embed", {}, timeout_s=3600)
    assert puppet.redis.llen("embed.query") == 0


def test_who_waits_gives_up_when_the_last_worker_has_died(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    future = ask(exchange, pool, timeout_s=3600)
    puppet.take()
    puppet.die()
    with pytest.raises(EmbedderDown, match="no embedder is running"):
        future.result(10)


def test_who_waits_gives_up_when_those_it_asked_were_replaced_by_others(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    future = ask(exchange, pool, timeout_s=3600)
    puppet.take()
    puppet.live(as_of="a later start")  # the same process id, as in a container
    with pytest.raises(EmbedderDown, match="that was asked is gone"):
        future.result(20)


def test_a_question_that_still_lies_there_is_answered_by_who_replaced_those_it_asked(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    future = ask(exchange, pool, timeout_s=3600)
    wait_until(lambda: exchange.waiting == 1, what="it asks")
    puppet.live(as_of="a later start")
    puppet.answer(puppet.take(), "answered")
    assert future.result(10) == "answered"


def test_who_waits_gives_up_when_its_time_is_up_or_nobody_wants_it_any_more(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    left = threading.Event()
    short = ask(exchange, pool, timeout_s=0.05)
    unwanted = ask(exchange, pool, timeout_s=3600, unwanted=left.is_set)
    with pytest.raises(EmbedderDown, match="answered within"):
        short.result(10)
    left.set()
    with pytest.raises(EmbedderDown, match="given up"):
        unwanted.result(10)


def test_an_answer_that_comes_too_late_leaves_nothing_behind_and_reaches_nobody(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    with pytest.raises(EmbedderDown):
        exchange.call("query.embed", {}, timeout_s=0.05)
    late = puppet.take()
    future = ask(exchange, pool)
    puppet.answer(late, "late")
    puppet.answer(puppet.take(), "mine")
    assert future.result(10) == "mine"
    assert exchange.waiting == 0
    wait_until(lambda: not puppet.redis.keys("celery-task-meta-*"), what="answers are forgotten")


def test_an_answer_given_while_the_connection_was_cut_is_found_all_the_same(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    future = ask(exchange, pool)
    message = puppet.take()
    puppet.redis.client_kill_filter(_type="pubsub")
    puppet.answer(message, "found")
    assert future.result(10) == "found"


def test_an_answer_that_was_never_announced_is_found_all_the_same(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    future = ask(exchange, pool)
    message = puppet.take()
    record = {"task_id": message.id, "status": "SUCCESS", "result": "in silence"}
    puppet.redis.set(f"celery-task-meta-{message.id}", json.dumps(record))
    assert future.result(10) == "in silence"


@pytest.mark.parametrize("noise", [b"{", b"[]", b"null", b'{"task_id": 3}', b"\xff"])
def test_an_announcement_that_cannot_be_read_is_passed_over(
    exchange: Exchange, puppet: Puppet, pool: Pool, noise: bytes
) -> None:
    future = ask(exchange, pool)
    message = puppet.take()
    puppet.redis.publish(f"celery-task-meta-{message.id}", noise)
    puppet.answer(message, "after the noise")
    assert future.result(10) == "after the noise"


def test_a_task_that_failed_in_the_worker_is_a_failure_without_its_words(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    future = ask(exchange, pool)
    puppet.answer(puppet.take(), ValueError("the words of a caller"), state="FAILURE")
    with pytest.raises(EmbedderDown, match="the embedder failed at") as raised:
        future.result(10)
    assert "words" not in raised.value.detail


def test_a_caller_that_is_interrupted_is_forgotten(
    exchange: Exchange, puppet: Puppet, pool: Pool
) -> None:
    class Interrupted(BaseException):
        """As Ctrl-C would be."""

    def interrupt() -> bool:
        raise Interrupted

    with pytest.raises(Interrupted):
        exchange.call("query.embed", {}, timeout_s=3600, unwanted=interrupt)
    assert exchange.waiting == 0


def test_a_roster_is_believed_for_half_a_second_unless_told(
    quiet_url: str,
    puppet: Puppet,
) -> None:
    now = [100.0]
    with exchange_of(quiet_url, clock=lambda: now[0]) as looking:
        assert len(looking.roster().workers) == 1
        puppet.die()
        puppet.describe(EMBEDDERS, "mine", "{}")
        now[0] += 0.4
        assert looking.roster().workers
        now[0] += 0.2
        assert looking.roster().workers == frozenset()
        assert looking.roster().embedders == {"mine": "{}"}
        puppet.live()
        looking.forget_roster()
        assert looking.roster().workers


def test_workers_are_found_among_many_other_keys(exchange: Exchange, puppet: Puppet) -> None:
    puppet.redis.mset({f"other:{n}": "x" for n in range(5000)})
    puppet.redis.mset({f"margay:worker:embedder:h:{n}": "x" for n in range(30)})
    puppet.redis.set("margay:worker:ingest:h:1", "x")
    assert len(exchange.roster().workers) == 31


def test_everybodys_clock_is_the_brokers(quiet_url: str, puppet: Puppet) -> None:
    with (
        exchange_of(quiet_url) as one,
        exchange_of(quiet_url, clock=lambda: time.monotonic() + 1e6) as other,
    ):
        seconds, _ = puppet.redis.time()
        assert one.now() == pytest.approx(seconds, abs=30)
        assert one.now() == pytest.approx(other.now(), abs=30)


def test_the_same_description_is_written_once_in_a_while(
    quiet_url: str,
    puppet: Puppet,
) -> None:
    now = [0.0]
    with exchange_of(quiet_url, clock=lambda: now[0]) as writing:
        writing.write(EMBEDDERS, "mine", "{}")
        puppet.redis.delete(EMBEDDERS)
        writing.write(EMBEDDERS, "mine", "{}")
        assert not puppet.redis.exists(EMBEDDERS)
        now[0] = 31.0
        writing.write(EMBEDDERS, "mine", "{}")
        assert puppet.redis.hgetall(EMBEDDERS) == {b"mine": b"{}"}
        writing.wipe(EMBEDDERS)
        writing.write(EMBEDDERS, "mine", "{}")
        assert puppet.redis.exists(EMBEDDERS)


def test_a_broker_that_is_away_fails_every_call_soon_and_one_that_is_back_serves() -> None:
    with redis.server() as server, exchange_of(server.url) as calling:
        helper = Puppet(server.url)
        helper.live()
        assert calling.roster().workers
        server.kill()
        calling.forget_roster()
        for _ in range(50):
            with pytest.raises(EmbedderDown, match="broker does not answer"):
                calling.call("query.embed", {}, timeout_s=3600)
        calling.drop_blobs(["x"])
        calling.write(EMBEDDERS, "mine", "{}")
        server.start()
        helper.live()
        with ThreadPoolExecutor(1) as pool:
            wait_until(lambda: _served(calling, helper, pool), what="it serves again")
        helper.close()


def _served(calling: Exchange, helper: Puppet, pool: Pool) -> bool:
    future = ask(calling, pool)
    message = None
    with contextlib.suppress(AssertionError):
        message = helper.take(wait_s=1)
    if message is not None:
        helper.answer(message, "again")
    try:
        return bool(future.result(10) == "again")
    except EmbedderDown:
        return False


def test_a_broker_that_hangs_while_one_waits_ends_the_wait() -> None:
    with redis.server() as server, exchange_of(server.url) as calling:
        helper = Puppet(server.url)
        helper.live()
        with ThreadPoolExecutor(1) as pool:
            future = ask(calling, pool, timeout_s=3600)
            helper.take()
            server.pause()
            with pytest.raises(EmbedderDown, match="broker does not answer"):
                future.result(20)
            server.resume()
        helper.close()


def test_closing_ends_the_thread_that_listens(exchange: Exchange, puppet: Puppet) -> None:
    with pytest.raises(EmbedderDown):
        exchange.call("query.embed", {}, timeout_s=0.01)
    assert any(each.name == "answers" for each in threading.enumerate())
    exchange.close()
    assert not any(each.name == "answers" for each in threading.enumerate())
    with contextlib.suppress(client_of_redis.RedisError):
        exchange.close()
