"""BrokerEmbedder before a worker that a test plays: nothing of an answer is used unchecked."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from services.core.embedding import arrays, descriptions, names
from services.core.embedding.client import BrokerEmbedder
from services.core.errors import EmbedderDown, InputError, MargayError
from services.core.queue.exchange import EMBEDDERS, Exchange
from services.core.types.vectors import Content, EmbedderInfo, Purpose
from tests.core.embedding.fixtures import exchange_of
from tests.core.embedding.puppet import Asked, Puppet
from tests.servers.processes import wait_until

pytestmark = pytest.mark.stack
INFO = EmbedderInfo(
    name="mine",
    fingerprint="0a",
    modalities=frozenset({"text", "image"}),
    joint=False,
    dimensions=(4, 2),
    max_text_tokens=9,
    licence="MIT",
    summary="",
)
MUG = (Content(text="mug"),)


@pytest.fixture
def client(exchange: Exchange, puppet: Puppet) -> Iterator[BrokerEmbedder]:
    tell(puppet)
    made = BrokerEmbedder(exchange, names=["mine", "other"], timeout_s=20, batch=4)
    yield made
    made.close()


def tell(puppet: Puppet, **changes: object) -> None:
    value = json.loads(descriptions.write(INFO)) | changes
    puppet.describe(EMBEDDERS, value["name"], json.dumps(value))


def ask(client: BrokerEmbedder, pool: ThreadPoolExecutor, *texts: str, **more) -> Future:
    contents = [Content(text=text) for text in texts or ("mug",)]
    return pool.submit(client.embed, "mine", contents, Purpose.QUERY, **more)


def vectors(*firsts: int, width: int = 4) -> dict:
    """Unit vectors whose directions say which is which."""
    return arrays.write_vectors(np.eye(width, dtype=np.float32)[list(firsts)])


def answer(puppet: Puppet, asked: Asked, *answers: object, fingerprint: str = "0a") -> None:
    puppet.answer(asked, {"fingerprint": fingerprint, "answers": list(answers)})


def test_a_question_says_what_is_asked_and_until_when(
    client: BrokerEmbedder, exchange: Exchange, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    future = ask(client, pool, "mug", dimensions=2)
    asked = puppet.take()
    assert asked.task == names.EMBED
    assert 0 < asked.payload.pop("deadline") - exchange.now() <= 20
    assert asked.payload == {
        "embedder": "mine",
        "purpose": "query",
        "dimensions": 2,
        "calls": [[{"text": "mug"}]],
    }
    answer(puppet, asked, vectors(1, width=2))
    assert future.result(10).tolist() == [[0, 1]]


def test_callers_who_share_a_question_get_their_own_answers(
    client: BrokerEmbedder, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    first = ask(client, pool, "a")
    under_way = [puppet.take()]
    second = ask(client, pool, "b")
    under_way.append(puppet.take())
    rest = {text: ask(client, pool, *text) for text in ("cd", "e", "f")}
    wait_until(lambda: waiting(client) == 3, what="three wait")
    for asked in under_way:
        answer(puppet, asked, vectors(3))
    shared = puppet.take()
    said = ["".join(each["text"] for each in call) for call in shared.payload["calls"]]
    assert sorted(said) == ["cd", "e", "f"]
    refusal = {"error": {"kind": "InputError", "detail": "no e", "fields": []}}
    given = {"cd": vectors(0, 1), "e": refusal, "f": vectors(2)}
    answer(puppet, shared, *(given[each] for each in said))
    assert rest["cd"].result(10).argmax(axis=1).tolist() == [0, 1]
    assert rest["f"].result(10).argmax(axis=1).tolist() == [2]
    assert isinstance(rest["e"].exception(10), InputError)
    assert first.result(10).shape == second.result(10).shape == (1, 4)


def waiting(client: BrokerEmbedder) -> int:
    return sum(len(line) for line in client._gathering._lines.values())


def test_a_large_call_is_cut_into_questions_and_put_together_again(
    client: BrokerEmbedder, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    texts = [str(place % 4) for place in range(10)]
    future = ask(client, pool, *texts)
    sizes = []
    for _ in range(3):
        asked = puppet.take()
        call = [int(each["text"]) for each in asked.payload["calls"][0]]
        sizes.append(len(call))
        answer(puppet, asked, vectors(*call))
    assert sorted(sizes) == [2, 4, 4]  # two are under way at once
    assert future.result(10).argmax(axis=1).tolist() == [int(text) for text in texts]


def test_media_lie_beside_the_question_and_are_gone_when_nobody_took_them(
    exchange: Exchange, puppet: Puppet
) -> None:
    tell(puppet)
    client = BrokerEmbedder(exchange, names=["mine"], timeout_s=0.3, batch=4)
    with pytest.raises(EmbedderDown):
        client.embed("mine", [Content(image=b"\x89PNG")], Purpose.QUERY)
    asked = puppet.take()
    assert b"PNG" not in asked.raw
    assert set(asked.payload["calls"][0][0]) == {"image"}
    wait_until(lambda: not puppet.redis.keys("margay:blob:*"), what="it is gone")
    client.close()


BAD = {
    "nothing": None,
    "a list": [],
    "another shape": {"vectors": []},
    "no answers": {"fingerprint": "0a", "answers": []},
    "too many answers": {"fingerprint": "0a", "answers": [vectors(1), vectors(1)]},
    "answers for nobody": {"fingerprint": "0a", "answers": [None]},
    "too many rows": {"fingerprint": "0a", "answers": [vectors(1, 2)]},
    "a wrong width": {"fingerprint": "0a", "answers": [vectors(1, width=2)]},
    "no numbers": {"fingerprint": "0a", "answers": [vectors(1) | {"vectors": "AAAA"}]},
    "NaN": {
        "fingerprint": "0a",
        "answers": [arrays.write_vectors(np.full((1, 4), np.nan, np.float32))],
    },
    "JSON's NaN": {"fingerprint": "0a", "answers": [vectors(1) | {"rows": float("nan")}]},
    "no unit length": {
        "fingerprint": "0a",
        "answers": [arrays.write_vectors(np.ones((1, 4), np.float32))],
    },
    "no fingerprint": {"fingerprint": None, "answers": [vectors(1)]},
    "an unknown error": {"error": {"kind": "Segfault", "detail": "", "fields": []}},
}


@pytest.mark.parametrize("given", BAD.values(), ids=BAD)
def test_an_answer_that_cannot_be_right_is_a_failure(
    given: object, client: BrokerEmbedder, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    future = ask(client, pool)
    puppet.answer(puppet.take(), given)
    assert type(future.exception(10)) is EmbedderDown
    good = ask(client, pool)
    answer(puppet, puppet.take(), vectors(2))
    assert good.result(10).argmax() == 2


def test_a_refusal_of_the_whole_question_reaches_every_caller(
    client: BrokerEmbedder, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    future = ask(client, pool)
    value = {"kind": "Busy", "detail": "too much waits", "fields": []}
    puppet.answer(puppet.take(), {"error": value})
    error = future.exception(10)
    assert isinstance(error, MargayError)
    assert (error.code, error.detail) == ("busy", "too much waits")


def test_vectors_of_another_model_than_described_are_refused_and_it_is_known_from_then(
    client: BrokerEmbedder, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    assert client.info("mine").fingerprint == "0a"
    future = ask(client, pool)
    asked = puppet.take()
    tell(puppet, fingerprint="0b")
    answer(puppet, asked, vectors(1), fingerprint="0b")
    with pytest.raises(EmbedderDown, match="just replaced"):
        future.result(10)
    assert client.info("mine").fingerprint == "0b"
    future = ask(client, pool)
    answer(puppet, puppet.take(), vectors(1), fingerprint="0b")
    assert future.result(10).shape == (1, 4)


def test_a_model_is_known_while_nobody_works_and_while_the_broker_is_away(
    client: BrokerEmbedder, exchange: Exchange, puppet: Puppet
) -> None:
    puppet.die()
    assert client.info("mine") == INFO  # from the broker
    puppet.redis.delete(EMBEDDERS)
    exchange.forget_roster()
    assert client.info("mine") == INFO  # from memory
    assert client.able("image") == ("mine",)
    with pytest.raises(EmbedderDown, match="never seen"):
        client.info("other")
    with pytest.raises(InputError):
        client.info("nobody")
    with exchange_of("redis://127.0.0.1:1/0") as nowhere:
        lost = BrokerEmbedder(nowhere, names=["mine"], timeout_s=1, batch=4)
        for ask_it in (lambda: lost.info("mine"), lost.check):
            with pytest.raises(EmbedderDown):
                ask_it()
        assert lost.able("text") == ()


def test_a_model_that_nobody_described_is_asked_for_once_and_not_again_while_it_loads(
    exchange: Exchange, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    now = [0.0]
    client = BrokerEmbedder(exchange, names=["mine"], timeout_s=0.2, batch=4, clock=lambda: now[0])
    with pytest.raises(EmbedderDown, match="answered within"):
        client.info("mine")
    asked = puppet.take()
    assert (asked.task, asked.payload) == (names.DESCRIBE, {"kind": "embedder", "name": "mine"})
    with pytest.raises(EmbedderDown, match="answered within"):
        client.info("mine")
    assert puppet.redis.llen("embed.query") == 0
    now[0] = 31.0
    again = pool.submit(client.info, "mine")
    puppet.answer(puppet.take(), {"description": descriptions.write(INFO)})
    assert again.result(10) == INFO


def test_a_model_that_cannot_be_loaded_is_down_with_the_workers_reason(
    exchange: Exchange, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    client = BrokerEmbedder(exchange, names=["mine"], timeout_s=20, batch=4)
    future = pool.submit(client.info, "mine")
    value = {"kind": "EmbedderDown", "detail": "its files are missing", "fields": []}
    puppet.answer(puppet.take(), {"error": value})
    with pytest.raises(EmbedderDown, match="files are missing"):
        future.result(10)
    future = pool.submit(client.embed, "mine", MUG, Purpose.QUERY)
    with pytest.raises(EmbedderDown, match="files are missing"):
        future.result(10)


@pytest.mark.parametrize("text", ["{", "[]", '{"name": "mine"}'])
def test_a_description_of_another_version_is_a_failure(
    client: BrokerEmbedder, exchange: Exchange, puppet: Puppet, text: str
) -> None:
    puppet.describe(EMBEDDERS, "mine", text)
    exchange.forget_roster()
    with pytest.raises(EmbedderDown, match="another version"):
        client.info("mine")
    assert client.able("text") == ()


def test_a_check_wants_a_worker_that_has_its_default_model(
    client: BrokerEmbedder, exchange: Exchange, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    client.check()
    puppet.redis.delete(EMBEDDERS)  # as a broker does that lost its memory
    exchange.forget_roster()
    asking = pool.submit(client.check)
    puppet.take_and_answer({"description": descriptions.write(INFO)})
    assert asking.exception(10) is None
    puppet.die()
    exchange.forget_roster()
    with pytest.raises(EmbedderDown, match="no embedder is running"):
        client.check()


def test_what_needs_no_embedder_asks_none(client: BrokerEmbedder, puppet: Puppet) -> None:
    assert client.embed("mine", [], Purpose.QUERY, dimensions=2).shape == (0, 2)
    with pytest.raises(InputError, match="mine offers 4, 2") as refused:
        client.embed("mine", MUG, Purpose.QUERY, dimensions=3)
    assert refused.value.fields[0].field == "dimensions"
    assert puppet.redis.llen("embed.query") == 0


def test_closing_fails_those_who_wait(
    client: BrokerEmbedder, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    future = ask(client, pool)
    puppet.take()
    client.close()
    assert isinstance(future.exception(10), EmbedderDown)
