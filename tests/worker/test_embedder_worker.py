"""An embedder on a real Redis: one real process, threads, queries before documents."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from services.core.embedding.client import BrokerEmbedder
from services.core.errors import EmbedderDown
from services.core.queue import names
from services.core.queue.exchange import Exchange
from services.core.queue.redis_workforce import RedisWorkforce
from services.core.types.vectors import Content, Purpose
from tests.contract.hashing_embedder import NAME, HashingEmbedder
from tests.servers import Server
from tests.worker.conftest import PATIENCE_S, World

pytestmark = [pytest.mark.stack, pytest.mark.slow]

EMBED = names.INGEST_EMBED
WORDS = [Content(text="a red shoe")]


@pytest.fixture
def client(world: World) -> Iterator[BrokerEmbedder]:
    exchange = Exchange(world.app)
    client = BrokerEmbedder(exchange, names=(NAME,), timeout_s=PATIENCE_S, batch=8)
    yield client
    client.close()
    exchange.close()


def _ask(client: BrokerEmbedder) -> None:
    vectors = client.embed(NAME, WORDS, Purpose.QUERY)
    np.testing.assert_array_equal(vectors, HashingEmbedder().embed(NAME, WORDS, Purpose.QUERY))


def test_it_answers_as_the_model_in_process_does(world: World, client: BrokerEmbedder) -> None:
    world.start("embedder")
    _ask(client)
    assert client.info(NAME) == HashingEmbedder().info(NAME)


def test_who_finds_it_alive_finds_its_model_described(world: World) -> None:
    world.start("embedder")
    assert world.redis.hkeys("margay:embedders") == [NAME]


def test_each_beat_tells_how_its_models_do_until_it_is_silent(world: World) -> None:
    workforce = RedisWorkforce(world.app)
    try:
        world.start("embedder")
        world.wait(lambda: len(workforce.owners()) == 1)
        (owner,) = workforce.owners()
        assert owner.pid in {each.pid for each in workforce.workers()}
        (model,) = owner.models
        assert (model.name, model.loaded, model.dimensions) == ("hashing", True, (64,))
        world.redis.set("margay:models:other:1", "of another version")
        assert workforce.owners() == (owner,)
    finally:
        workforce.close()


def test_a_query_is_answered_while_every_place_of_ingestion_is_taken(
    world: World, client: BrokerEmbedder
) -> None:
    for number in range(5):
        world.queue.send(EMBED, {"job_id": f"wait-{number}"})
    world.start("embedder")
    world.wait(lambda: len(world.notes("begun")) == 2)
    world.wait(lambda: world.queue.waiting(names.EMBED_INDEX) == 0)
    _ask(client)
    assert len(world.notes("begun")) == 2, "and no further job has begun: two places"
    world.let_go_on()
    world.wait_for(*(f"ended {EMBED} wait-{number}" for number in range(5)))


@pytest.mark.thorough
def test_jobs_that_send_themselves_again_leave_a_turn_to_one_that_came_later(
    world: World,
) -> None:
    world.start("embedder")
    for name in ("slices-1", "slices-2"):
        world.queue.send(EMBED, {"job_id": name})
    world.wait(lambda: len(world.notes("begun")) > 3)
    world.queue.send(EMBED, {"job_id": "job_1"})
    world.wait_for(f"ended {EMBED} job_1")
    before = len(world.notes("begun"))
    world.wait(lambda: len(world.notes("begun")) > before + 2)
    world.let_go_on()


def test_asked_to_end_it_finishes_what_is_in_hand_and_is_known_to_be_gone(
    world: World, client: BrokerEmbedder
) -> None:
    worker = world.start("embedder")
    world.queue.send(EMBED, {"job_id": "long-1"})
    world.wait_for(f"begun {EMBED} long-1")
    assert world.end(worker) == 0
    assert world.notes()[-2:] == [f"ended {EMBED} long-1", "closed"]
    assert world.queue.waiting(names.EMBED_INDEX) == 1, "sent again for others"
    assert world.redis.hlen("unacked") == 0
    with pytest.raises(EmbedderDown, match="no embedder"):
        client.embed(NAME, WORDS, Purpose.QUERY)


@pytest.mark.thorough
def test_after_a_restart_of_the_broker_it_answers_again(
    world: World, client: BrokerEmbedder, server: Server
) -> None:
    worker = world.start("embedder")
    _ask(client)
    server.kill()
    server.start()
    world.wait(lambda: world.alive("embedder") == [worker.pid])
    world.wait(lambda: _answers(client))
    world.queue.send(EMBED, {"job_id": "job_1"})
    world.wait_for(f"ended {EMBED} job_1")


def test_killed_it_leaves_its_message_in_the_broker_for_another(world: World) -> None:
    first = world.start("embedder")
    world.queue.send(EMBED, {"job_id": "wait-1"})
    world.wait_for(f"begun {EMBED} wait-1")
    first.kill()
    assert world.redis.hlen("unacked") == 1
    world.start("embedder")
    world.queue.send(EMBED, {"job_id": "wait-1"})  # the pump: no mark stands in its way
    world.let_go_on()
    world.wait_for(f"ended {EMBED} wait-1")


def _answers(client: BrokerEmbedder) -> bool:
    try:
        _ask(client)
    except EmbedderDown:
        return False
    return True
