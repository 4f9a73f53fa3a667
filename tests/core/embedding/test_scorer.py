"""BrokerScorer before a worker that a test plays."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from services.core.embedding import arrays, descriptions
from services.core.embedding.scorer import BrokerScorer
from services.core.errors import RerankerDown, RerankerTimeout
from services.core.queue.exchange import SCORERS, Exchange
from services.core.types.rerank import ScorerInfo
from services.core.types.vectors import Content
from tests.core.embedding.puppet import Puppet

pytestmark = pytest.mark.stack
MUG = (Content(text="mug"),)


@pytest.fixture
def scorer(exchange: Exchange, puppet: Puppet) -> BrokerScorer:
    info = ScorerInfo("mine", "0a", frozenset({"text"}), 9, "MIT", "")
    puppet.describe(SCORERS, "mine", descriptions.write(info))
    return BrokerScorer(exchange, names=["mine"], timeout_s=20)


@pytest.mark.parametrize(
    "given",
    [
        None,
        {"scores": None},
        {"scores": arrays.write_scores(np.zeros(1, np.float32))},
        {"scores": arrays.write_scores(np.asarray([1, np.nan], np.float32))},
        {"error": {"kind": "RerankerDown", "detail": "broken", "fields": []}},
    ],
)
def test_scores_that_cannot_be_right_are_a_failure_of_the_reranker(
    given: object, scorer: BrokerScorer, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    future = pool.submit(scorer.score, "mine", MUG[0], MUG * 2)
    puppet.answer(puppet.take(), given)
    assert type(future.exception(10)) is RerankerDown


def test_scores_and_pictures_go_their_ways(
    scorer: BrokerScorer, exchange: Exchange, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    candidates = [Content(image=b"one"), Content(text="t"), Content(image=b"two")]
    future = pool.submit(scorer.score, "mine", MUG[0], candidates)
    payload = puppet.take_and_answer(
        {"scores": arrays.write_scores(np.asarray([1, 2, 3], np.float32))}
    )
    assert future.result(10).tolist() == [1, 2, 3]
    blobs = [each.get("image") for each in payload["candidates"]]
    assert payload["query"] == {"text": "mug"}
    assert [blob and exchange.take_blob(blob) for blob in blobs] == [b"one", None, b"two"]


def test_no_worker_is_down_and_no_answer_in_time_is_a_timeout(
    scorer: BrokerScorer, exchange: Exchange, puppet: Puppet
) -> None:
    with pytest.raises(RerankerTimeout):
        scorer.score("mine", MUG[0], MUG, timeout_s=0.05)
    puppet.die()
    exchange.forget_roster()
    with pytest.raises(RerankerDown, match="no embedder is running"):
        scorer.score("mine", MUG[0], MUG)
    assert scorer.info("mine").fingerprint == "0a"


def test_closing_ends_calls_under_way(
    scorer: BrokerScorer, puppet: Puppet, pool: ThreadPoolExecutor
) -> None:
    future = pool.submit(scorer.score, "mine", MUG[0], MUG)
    puppet.take()
    scorer.close()
    assert type(future.exception(10)) is RerankerDown
