"""An evaluation is measured to its end whatever happens to who measures it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.core.errors import EmbedderDown
from services.core.types.evaluations import EvaluationState, JudgedQuery
from services.insight.evaluation import accepting
from services.insight.evaluation.plan import CHUNK
from tests.contract.hashing_embedder import HashingEmbedder
from tests.contract.memory_index import MemoryIndex
from tests.insight.evaluation.asked_shop import AskedShop
from tests.search.shop import Down, Shop


class Died(BaseException):
    """As if the process had been killed: nothing of ours catches it."""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[AskedShop]:
    made = Shop(tmp_path, MemoryIndex())
    yield AskedShop(made)
    made.ports.database.close()


def quality(report: dict[str, Any]) -> list[dict[str, Any]]:
    """What does not depend on how fast the machine was."""
    return [{"name": each["name"], "slices": each["slices"]} for each in report["measured"]]


def die(at: int) -> Any:
    def before(number: int) -> None:
        if number == at:
            raise Died

    return before


def test_a_worker_that_dies_leaves_what_it_measured_to_the_next(shop: AskedShop) -> None:
    whole = shop.accept()
    shop.measure(whole)
    name = shop.accept()
    with pytest.raises(Died):
        shop.measure(name, before=die(27))
    cut_short = shop.evaluation(name)
    assert cut_short.state is EvaluationState.RUNNING
    assert cut_short.done == 2 * CHUNK
    assert shop.measure(name).asked == [], "nobody takes what another may still have"
    shop.later(61)
    again = shop.measure(name)
    assert shop.evaluation(name).state is EvaluationState.SUCCEEDED
    first = {query.id for query in shop.queries[:CHUNK]}
    assert not first & {query for _, query in again.asked}
    assert quality(shop.report(name)) == quality(shop.report(whole))


def test_every_query_is_asked_of_every_configuration(shop: AskedShop) -> None:
    watched = shop.measure(shop.accept())
    warmed_up = {("default", "q-red-mug"), ("words", "q-red-mug")}
    counted = Counter(watched.asked)
    assert {pair for pair, times in counted.items() if times == 2} == warmed_up
    assert set(counted) == {
        (name, query.id) for name in ("default", "words") for query in shop.queries
    }


def test_a_restarted_process_takes_its_own_up_at_once(shop: AskedShop) -> None:
    name = shop.accept()
    with pytest.raises(Died):
        shop.measure(name, before=die(30))
    accepting.resume(shop.ports)
    shop.measure(name)
    assert shop.evaluation(name).state is EvaluationState.SUCCEEDED


def test_it_makes_way_after_each_part_and_goes_on(shop: AskedShop) -> None:
    name = shop.accept()
    seen = [shop.evaluation(name).done]
    while shop.evaluation(name).state is not EvaluationState.SUCCEEDED:
        shop.measure(name, yielding=lambda: True)
        seen.append(shop.evaluation(name).done)
    assert seen == sorted(seen)
    assert len(set(seen)) == 7


def test_a_cancelled_one_is_left_at_the_next_part(shop: AskedShop) -> None:
    name = shop.accept()

    def before(number: int) -> None:
        if number == 3:
            accepting.cancel(shop.ports, name)

    watched = shop.measure(name, before=before)
    assert len(watched.asked) <= CHUNK + 1
    assert shop.evaluation(name).state is EvaluationState.CANCELLED
    assert shop.measure(name).asked == []


def test_it_waits_for_an_embedder_that_is_away(shop: AskedShop) -> None:
    name = shop.accept()
    for _ in range(10):
        shop.measure(name, embedder=Down())
        assert shop.evaluation(name).state is EvaluationState.RUNNING
        shop.later(6)
    shop.measure(name)
    assert shop.evaluation(name).state is EvaluationState.SUCCEEDED


class Stumbling(HashingEmbedder):
    """Answers everything but one text, on which its model fails."""

    def embed(self, embedder, contents, purpose, *, dimensions=None):
        if any(each.text == "a green hat" for each in contents):
            raise EmbedderDown("the model failed")
        return super().embed(embedder, contents, purpose, dimensions=dimensions)


def test_a_query_that_no_embedder_answers_is_told_and_does_not_hold_up_the_rest(
    shop: AskedShop,
) -> None:
    name = shop.accept(recall=True)
    shop.measure(name, embedder=Stumbling())
    assert shop.evaluation(name).state is EvaluationState.SUCCEEDED
    report = shop.report(name)
    assert report["measured"][0]["coverage"]["failed"] == pytest.approx(1 / 24)
    assert any("was refused" in note for note in report["notes"])


def test_errors_of_ours_put_it_off_and_too_many_fail_it(shop: AskedShop) -> None:
    name = shop.accept()

    def before(_number: int) -> None:
        raise ZeroDivisionError

    for _ in range(shop.ports.settings.workers.max_failures):
        assert shop.evaluation(name).error is None
        shop.measure(name, before=before)
        shop.later(6)
    failed = shop.evaluation(name)
    assert failed.error is not None
    assert (failed.state, failed.error.code) == (EvaluationState.FAILED, "internal_error")
    assert "ZeroDivisionError" in failed.error.detail


def test_one_whose_index_is_gone_has_failed(shop: AskedShop) -> None:
    name = shop.accept()
    with shop.ports.database.work() as work:
        work.indexes.remove(shop.shop.name)
    shop.measure(name)
    failed = shop.evaluation(name)
    assert failed.error is not None
    assert (failed.state, failed.error.code) == (EvaluationState.FAILED, "not_found")


def test_what_an_index_cannot_be_asked_is_told_and_counts_as_nothing(shop: AskedShop) -> None:
    long = JudgedQuery("long", text="x" * 2001, grades={"red-mug": 1})
    shop.ask([*shop.queries, long])
    name = shop.accept("default")
    shop.measure(name)
    report = shop.report(name)
    assert report["measured"][0]["coverage"]["failed"] == pytest.approx(1 / 25)
    assert any("1 query was refused" in note for note in report["notes"])


def test_documents_judged_wrong_are_hard_negatives(shop: AskedShop) -> None:
    hard = [
        JudgedQuery(q.id, text=q.text, grades={**q.grades, "red-sofa": 0}) for q in shop.queries[:9]
    ]
    shop.ask(hard)
    name = shop.accept("default")
    shop.measure(name)
    found = shop.report(name)["measured"][0]["hard_negatives"]
    assert found["given"] is True


def test_shares_of_words_and_vectors_are_looked_at_when_asked(shop: AskedShop) -> None:
    name = shop.accept("default", recall=True, sizes=True, tune_hybrid=True)
    shop.measure(name)
    report = shop.report(name)
    assert [point["recall"]["mean"] for point in report["recall"]] == [1.0] * 6
    assert {point["kind"] for point in report["sizes"]} == {"all"}
    (weight,) = report["weights"]
    assert weight["baseline"] == 0.0
    assert [point["value"] for point in weight["curve"]] == [0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0]
    assert shop.evaluation(name).done == shop.evaluation(name).total
