"""BrokerEmbedder and BrokerScorer against workers in processes of their own."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import redis

from models import registry
from services.core.embedding import arrays
from services.core.embedding.client import BrokerEmbedder
from services.core.embedding.scorer import BrokerScorer
from services.core.errors import EmbedderDown, InputError, MediaRefused, RerankerTimeout
from services.core.types.vectors import Content, Purpose
from services.embedder.runtime import EmbedderRuntime
from tests.contract.embedder_client import EmbedderClientContract
from tests.contract.hashing_embedder import HashingEmbedder
from tests.contract.sample_media import picture
from tests.core.embedding.embedder_process import GO
from tests.core.embedding.fixtures import client_of, embedder_process, exchange_of
from tests.embedder.listed import expected
from tests.servers.processes import wait_until

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("embedder") / "log"


@pytest.fixture(scope="class")
def hashing(busy_url: str, log: Path) -> Iterator[BrokerEmbedder]:
    with embedder_process(busy_url, "hashing", log=log), client_of(busy_url) as client:
        yield client


class TestHashingOverTheBroker(EmbedderClientContract):
    embedder = "hashing"

    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, hashing: BrokerEmbedder) -> BrokerEmbedder:
        return hashing

    def test_the_vectors_are_those_of_the_embedder_itself(self, client: BrokerEmbedder) -> None:
        contents = [Content(text=f"mug {n}", frames=2) for n in range(30)]
        contents.append(Content(image=picture("red")))
        np.testing.assert_array_equal(
            client.embed("hashing", contents, Purpose.QUERY),
            HashingEmbedder().embed("hashing", contents, Purpose.QUERY),
        )

    def test_a_second_model_is_described_when_asked_for(self, client: BrokerEmbedder) -> None:
        assert client.info("second").name == "second"
        assert "second" in client.able("text")
        mug = [Content(text="mug")]
        one, other = (client.embed(name, mug, Purpose.QUERY) for name in ("hashing", "second"))
        assert np.abs(one - other).max() > 0.01

    def test_a_model_that_the_worker_lacks_is_refused_in_its_words(
        self, client: BrokerEmbedder
    ) -> None:
        with pytest.raises(InputError, match="not known"):
            client.info("pocket")

    def test_pictures_do_not_stay_on_the_broker(
        self, client: BrokerEmbedder, busy_url: str
    ) -> None:
        client.embed("hashing", [Content(image=picture("red"))] * 3, Purpose.QUERY)
        with redis.Redis.from_url(busy_url) as looking:
            assert not looking.keys("margay:blob:*")


@pytest.mark.slow
class TestPocketOverTheBroker(EmbedderClientContract):
    embedder = "pocket"

    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, busy_url: str, log: Path) -> Iterator[BrokerEmbedder]:
        with (
            embedder_process(busy_url, "pocket", log=log),
            client_of(busy_url, names=["pocket"]) as made,
        ):
            yield made


class TestPocketInProcess(EmbedderClientContract):
    embedder = "pocket"

    @pytest.fixture(scope="class")
    @classmethod
    def client(cls) -> Iterator[EmbedderRuntime]:
        runtime = EmbedderRuntime(["pocket"], registry.load)
        yield runtime
        runtime.close()


@pytest.fixture(scope="class")
def listed(busy_url: str, log: Path) -> Iterator[BrokerEmbedder]:
    with embedder_process(busy_url, "listed", log=log), client_of(busy_url) as client:
        yield client


class TestAModelThatFails:
    """The embedder of `tests.embedder.listed`, whose passes break at some contents."""

    def test_callers_who_share_a_question_have_their_own_rows_or_their_own_error(
        self, listed: BrokerEmbedder
    ) -> None:
        said = [["a"], ["crash"], ["b", "c"], [" "], ["d"] * 7, ["e", "crash"]] * 6
        calls = [[Content(text=text) for text in texts] for texts in said]
        with ThreadPoolExecutor(32) as pool:
            answers = [pool.submit(listed.embed, "listed", call, Purpose.QUERY) for call in calls]
        for call, answer in zip(calls, answers, strict=True):
            texts = [each.text for each in call]
            if "crash" in texts:
                assert isinstance(answer.exception(), EmbedderDown)
            elif " " in texts:
                refused = answer.exception()
                assert isinstance(refused, InputError)
                assert refused.fields[0].field == "contents[0].text"
            else:
                wanted = [expected(each) for each in call]
                np.testing.assert_allclose(answer.result(), wanted, rtol=1e-5)

    def test_a_damaged_picture_is_refused_with_its_reason_and_its_place(
        self, listed: BrokerEmbedder
    ) -> None:
        contents = [Content(image=b"fine")] * 20 + [Content(image=b"damaged")]
        with pytest.raises(MediaRefused) as refused:
            listed.embed("listed", contents, Purpose.INDEX)
        assert refused.value.reason == "corrupt_image"
        assert refused.value.fields[0].field == "contents[20].image"

    def test_half_a_surrogate_pair_is_refused_as_in_process(self, listed: BrokerEmbedder) -> None:
        with pytest.raises(InputError, match="surrogate"):
            listed.embed("listed", [Content(text="\ud800")], Purpose.QUERY)

    def test_what_nobody_waits_for_any_more_is_not_embedded(
        self, listed: BrokerEmbedder, busy_url: str
    ) -> None:
        with client_of(busy_url, timeout_s=0.0001) as hasty, pytest.raises(EmbedderDown):
            hasty.embed("listed", [Content(text="a")], Purpose.QUERY)

    def test_cross_encoders_answer_and_refuse_as_in_process(
        self, listed: BrokerEmbedder, busy_url: str
    ) -> None:
        query, texts = Content(text="red mug"), ["case", "a red mug", "mug"]
        candidates = [Content(text=each) for each in texts]
        with exchange_of(busy_url) as exchange:
            scorer = BrokerScorer(exchange, names=["overlap"], timeout_s=10)
            assert scorer.names() == ("overlap",)
            assert scorer.info("overlap").name == "overlap"
            assert scorer.score("overlap", query, candidates).tolist() == [-1, 1, 0]
            assert scorer.score("overlap", query, []).shape == (0,)
            with pytest.raises(InputError) as refused:
                scorer.score("overlap", query, [*candidates, Content()])
            assert refused.value.fields[0].field == "candidates[3]"
            with pytest.raises(InputError, match="not a cross-encoder"):
                scorer.score("other", query, candidates)
            with pytest.raises(RerankerTimeout):
                scorer.score("overlap", query, candidates, timeout_s=0.0001)


@pytest.mark.slow
def test_an_embedder_that_is_killed_is_down_at_once_known_still_and_back_when_it_is(
    busy_url: str, log: Path
) -> None:
    mug = [Content(text="mug")]
    with client_of(busy_url, timeout_s=600) as client:
        with embedder_process(busy_url, "hashing=1", log=log) as process:
            before = client.info("hashing")
            with ThreadPoolExecutor(4) as pool:
                waiting = [
                    pool.submit(client.embed, "hashing", [Content(text="wait")], Purpose.QUERY)
                    for _ in range(4)
                ]
                wait_until(lambda: client.waiting > 0, what="it is asked")
                os.kill(process.pid, signal.SIGKILL)
                for each in waiting:
                    assert isinstance(each.exception(30), EmbedderDown)
        with pytest.raises(EmbedderDown, match="no embedder is running"):
            client.embed("hashing", mug, Purpose.QUERY)
        with pytest.raises(EmbedderDown):
            client.check()
        assert client.info("hashing") == before
        assert client.able("image") == ("hashing",)
        with embedder_process(busy_url, "hashing=2", log=log):
            wait_until(lambda: client.info("hashing") != before, what="the new one is known")
            found = client.embed("hashing", mug, Purpose.QUERY)
            wanted = HashingEmbedder("2").embed("hashing", mug, Purpose.QUERY)
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.slow
def test_an_embedder_that_hangs_is_down_when_its_heartbeat_runs_out(
    busy_url: str, log: Path
) -> None:
    with (
        embedder_process(busy_url, "hashing", log=log) as process,
        client_of(busy_url, timeout_s=600) as client,
    ):
        client.check()
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(EmbedderDown):
            client.embed("hashing", [Content(text="mug")], Purpose.QUERY)
        process.send_signal(signal.SIGCONT)
        wait_until(lambda: _answers(client), what="it answers again")


def test_nothing_that_a_caller_said_or_got_is_in_the_workers_log(busy_url: str, log: Path) -> None:
    with embedder_process(busy_url, "listed", log=log), client_of(busy_url) as client:
        vectors = client.embed("listed", [Content(text="avocado")], Purpose.QUERY)
        with pytest.raises(EmbedderDown):
            client.embed("listed", [Content(text="avocado"), Content(text="crash")], Purpose.QUERY)
    logged = log.read_text("utf-8")
    assert "avocado" not in logged
    assert str(arrays.write_vectors(vectors)["vectors"])[:16] not in logged


@pytest.mark.slow
def test_an_embedder_that_a_question_kills_is_down_for_it_and_serves_when_started_again(
    busy_url: str, log: Path
) -> None:
    with client_of(busy_url, timeout_s=600) as client:
        with embedder_process(busy_url, "hashing", log=log) as process:
            with pytest.raises(EmbedderDown, match="no embedder is running"):
                client.embed("hashing", [Content(text="die")], Purpose.QUERY)
            assert process.wait(20) == -signal.SIGKILL
        with embedder_process(busy_url, "hashing", log=log) as again:
            wait_until(lambda: _answers(client), what="it answers again")
            assert again.poll() is None  # the question did not come back


def test_an_embedder_that_is_asked_to_end_answers_what_it_has_and_is_gone_at_once(
    busy_url: str, log: Path
) -> None:
    with (
        embedder_process(busy_url, "hashing", log=log) as process,
        client_of(busy_url, timeout_s=600) as client,
        ThreadPoolExecutor(1) as pool,
    ):
        slow = pool.submit(client.embed, "hashing", [Content(text="wait")], Purpose.QUERY)
        wait_until(lambda: client.waiting > 0, what="it is asked")
        with redis.Redis.from_url(busy_url) as looking:
            wait_until(lambda: not looking.llen("embed.query"), what="it is begun")
            process.terminate()
            looking.rpush(GO, "")
        outcome = slow.exception(30)
        assert outcome is None or isinstance(outcome, EmbedderDown)
        assert process.wait(30) == 0
        with pytest.raises(EmbedderDown, match="no embedder is running"):
            client.embed("hashing", [Content(text="mug")], Purpose.QUERY)


def _answers(client: BrokerEmbedder) -> bool:
    try:
        return len(client.embed("hashing", [Content(text="mug")], Purpose.QUERY)) == 1
    except EmbedderDown:
        return False
