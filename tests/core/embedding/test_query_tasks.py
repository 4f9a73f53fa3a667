"""What a worker answers to those who wait: values, whatever the question and the model."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.embedding import arrays, contents, descriptions, refusals
from services.core.errors import Busy, EmbedderDown, InputError, MediaRefused, RerankerDown
from services.core.queue.exchange import EMBEDDERS, SCORERS, Exchange
from services.core.types.vectors import Content
from services.embedder.lane import Limit
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scheduler import Scheduling
from services.embedder.scorer_runtime import ScorerRuntime
from services.worker import query_tasks
from tests.core.embedding.fixtures import exchange_of
from tests.core.embedding.puppet import Puppet
from tests.embedder.listed import Listed, expected
from tests.embedder.overlap import Overlap

pytestmark = pytest.mark.stack
CONTENTS = st.one_of(
    st.text("abc", min_size=1, max_size=9).map(lambda text: Content(text=text)),
    st.binary(min_size=1, max_size=5).map(lambda data: Content(image=data)),
    st.sampled_from(
        [Content(image=b"damaged"), Content(text="crash"), Content(text=" "), Content()]
    ),
)
CALLS = st.lists(st.lists(CONTENTS, min_size=1, max_size=4), min_size=1, max_size=12)


@pytest.fixture
def model() -> Listed:
    return Listed()


@pytest.fixture
def runtime(model: Listed) -> Iterator[EmbedderRuntime]:
    made = EmbedderRuntime(
        ["listed", "second"],
        lambda name: model,
        scheduling=Scheduling(limit=Limit(contents=8, tokens=10_000), max_wait_s=0.0, room=64),
    )
    yield made
    made.close()


@pytest.fixture
def scorer() -> Iterator[ScorerRuntime]:
    made = ScorerRuntime(["overlap"], lambda _: Overlap())
    yield made
    made.close()


def question(exchange: Exchange, *calls: list[Content], for_s: float = 60, **changes) -> dict:
    media = contents.media_of(each for call in calls for each in call)
    blobs = iter(exchange.put_blobs(media, ttl_s=60))
    value = {
        "embedder": "listed",
        "purpose": "query",
        "dimensions": None,
        "deadline": exchange.now() + for_s,
        "calls": [[contents.write(each, blobs) for each in call] for call in calls],
    }
    return json.loads(json.dumps(value | changes))


def texts(*said: str) -> list[Content]:
    return [Content(text=each) for each in said]


def error_of(answer: dict):
    return refusals.read(answer["error"])


def broken(call: list[Content]) -> bool:
    damage = (None, " ", "crash")
    return any(
        each.image == b"damaged" or (each.image is None and each.text in damage) for each in call
    )


@settings(max_examples=40, deadline=None)
@given(calls=CALLS)
def test_every_caller_gets_exactly_its_own_rows_also_when_others_fail(
    calls, shared_exchange: Exchange
) -> None:
    runtime = EmbedderRuntime(["listed"], lambda name: Listed())
    answer = query_tasks.embed(runtime, shared_exchange, question(shared_exchange, *calls))
    assert answer["fingerprint"] == "00ff00ff"
    for call, given_answer in zip(calls, answer["answers"], strict=True):
        if broken(call):
            assert isinstance(error_of(given_answer), InputError | EmbedderDown)
        else:
            rows = arrays.read_vectors(given_answer, rows=len(call), width=4)
            np.testing.assert_allclose(rows, [expected(each) for each in call], rtol=1e-6)
    runtime.close()


@pytest.fixture(scope="module")
def shared_exchange(quiet_url: str) -> Iterator[Exchange]:
    with exchange_of(quiet_url) as made:
        yield made


def test_a_question_whose_time_is_up_is_not_worked_on(
    runtime: EmbedderRuntime, exchange: Exchange, model: Listed, puppet: Puppet
) -> None:
    late = question(exchange, texts("a"), for_s=-0.01)
    assert isinstance(error_of(query_tasks.embed(runtime, exchange, late)), EmbedderDown)
    assert model.prepared == []


def test_a_question_waits_for_its_pass_no_longer_than_its_caller(
    runtime: EmbedderRuntime, exchange: Exchange, model: Listed, puppet: Puppet
) -> None:
    runtime.check()
    model.hold()
    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(
            query_tasks.embed, runtime, exchange, question(exchange, texts("held", "up"))
        )
        assert model.entered.acquire(timeout=20)
        short = question(exchange, texts("b"), texts("c"), for_s=0.05)
        answer = query_tasks.embed(runtime, exchange, short)
        model.release()
        assert all(isinstance(error_of(each), EmbedderDown) for each in answer["answers"])
        assert len(long.result(20)["answers"]) == 1
    assert ["b"] not in model.passes
    assert ["c"] not in model.passes


def test_a_full_queue_is_busy_for_all_and_not_asked_again_piece_by_piece(
    runtime: EmbedderRuntime, exchange: Exchange, model: Listed, puppet: Puppet
) -> None:
    runtime.check()
    model.hold()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(
            query_tasks.embed, runtime, exchange, question(exchange, texts(*["a"] * 40))
        )
        assert model.entered.acquire(timeout=20)
        answer = query_tasks.embed(runtime, exchange, question(exchange, *[texts(*["b"] * 40)] * 2))
        model.release()
        first.result(20)
    assert isinstance(error_of(answer), Busy)


def test_a_medium_that_is_gone_fails_the_question(
    runtime: EmbedderRuntime, exchange: Exchange, puppet: Puppet
) -> None:
    asked = question(exchange, [Content(image=b"x")])
    puppet.redis.delete(*puppet.redis.keys("margay:blob:*"))
    assert isinstance(error_of(query_tasks.embed(runtime, exchange, asked)), EmbedderDown)


def test_a_damaged_picture_is_refused_to_its_caller_with_reason_and_place(
    runtime: EmbedderRuntime, exchange: Exchange, puppet: Puppet
) -> None:
    damaged = [*texts("a"), Content(image=b"damaged")]
    answer = query_tasks.embed(runtime, exchange, question(exchange, texts("b"), damaged))
    refused = error_of(answer["answers"][1])
    assert isinstance(refused, MediaRefused)
    assert (refused.reason, refused.fields[0].field) == ("corrupt_image", "contents[1].image")


@pytest.mark.parametrize(
    "change",
    [
        {"embedder": 3},
        {"purpose": "both"},
        {"dimensions": "4"},
        {"dimensions": True},
        {"deadline": None},
        {"deadline": "soon"},
        {"calls": {}},
        {"calls": [{}]},
        {"calls": [[{"smell": "fresh"}]]},
        {"more": 1},
    ],
)
def test_a_question_that_we_did_not_write_is_answered_as_such(
    change: dict, runtime: EmbedderRuntime, exchange: Exchange, model: Listed, puppet: Puppet
) -> None:
    answer = query_tasks.embed(runtime, exchange, question(exchange, texts("a"), **change))
    assert isinstance(error_of(answer), EmbedderDown)
    assert model.prepared == []


@pytest.mark.parametrize("payload", [None, [], "x", {}])
def test_what_is_no_question_at_all_is_answered_as_such(
    payload, runtime: EmbedderRuntime, scorer: ScorerRuntime, exchange: Exchange, puppet: Puppet
) -> None:
    assert isinstance(error_of(query_tasks.embed(runtime, exchange, payload)), EmbedderDown)
    assert isinstance(error_of(query_tasks.score(scorer, exchange, payload)), RerankerDown)
    described = query_tasks.describe(runtime, scorer, exchange, payload)
    assert isinstance(error_of(described), EmbedderDown)


def test_an_unknown_embedder_and_size_are_refused_as_in_process(
    runtime: EmbedderRuntime, exchange: Exchange, puppet: Puppet
) -> None:
    for change, field in (({"embedder": "x"}, "embedder"), ({"dimensions": 3}, "dimensions")):
        answer = query_tasks.embed(runtime, exchange, question(exchange, texts("a"), **change))
        found = [answer] if "error" in answer else answer["answers"]
        assert error_of(found[0]).fields[0].field == field


def test_the_default_model_is_published_and_what_former_workers_said_of_others_is_not(
    runtime: EmbedderRuntime, exchange: Exchange, puppet: Puppet
) -> None:
    for board, name in ((EMBEDDERS, "second"), (EMBEDDERS, "listed"), (SCORERS, "overlap")):
        puppet.describe(board, name, "of a former worker")
    query_tasks.publish_infos(runtime, exchange)
    exchange.forget_roster()
    roster = exchange.roster()
    assert set(roster.embedders) == {"listed"}
    known = descriptions.read_embedder(roster.embedders["listed"], name="listed")
    assert known == runtime.info("listed")
    assert not roster.scorers


def test_a_model_is_on_the_board_once_it_was_asked_for(
    runtime: EmbedderRuntime, scorer: ScorerRuntime, exchange: Exchange, puppet: Puppet
) -> None:
    query_tasks.embed(runtime, exchange, question(exchange, texts("a"), embedder="second"))
    query_tasks.describe(runtime, scorer, exchange, {"kind": "embedder", "name": "listed"})
    query_tasks.describe(runtime, scorer, exchange, {"kind": "scorer", "name": "overlap"})
    exchange.forget_roster()
    assert set(exchange.roster().embedders) == {"second", "listed"}
    assert set(exchange.roster().scorers) == {"overlap"}


def test_a_bug_of_ours_is_a_failure_without_its_words(
    exchange: Exchange, puppet: Puppet, caplog
) -> None:
    class Buggy:
        """A runtime with a bug."""

        def embed(self, *_args, **_more):
            raise ZeroDivisionError("said by a caller")

    answer = query_tasks.embed(Buggy(), exchange, question(exchange, texts("a")))
    assert isinstance(error_of(answer), EmbedderDown)
    assert "said by a caller" not in json.dumps(answer)
    assert "query.failed" in caplog.text
