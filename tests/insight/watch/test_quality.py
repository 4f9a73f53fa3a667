"""The probe set is asked at its times, measures as an evaluation does, and harms nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import IndexDown, NotFound
from services.core.queue import names
from services.core.settings import Watch
from services.core.types.evaluations import JudgedQuery
from services.core.types.populations import QualityProbe
from services.insight.metrics import measure as by_ir_measures
from services.insight.watch import quality
from tests.contract.memory_index import MemoryIndex
from tests.insight.evaluation.asked_shop import AskedShop, Watched
from tests.search.shop import Shop

GRADES = st.dictionaries(st.sampled_from("abcdefghijklmnop"), st.integers(1, 3), min_size=1)
FOUND = st.lists(st.sampled_from("abcdefghijklmnopqrst"), unique=True, min_size=1, max_size=15)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[AskedShop]:
    shop = Shop(tmp_path, MemoryIndex())
    watch = Watch(probe_sets="s", probe_every_s=600)
    settings = shop.ports.settings.model_copy(update={"watch": watch})
    shop.ports = replace(shop.ports, settings=settings)
    yield AskedShop(shop)
    shop.ports.database.close()


def probe(asked: AskedShop) -> QualityProbe | None:
    with asked.ports.database.read() as work:
        return next(iter(work.populations.quality_probes()), None)


def run(asked: AskedShop, *, before: object = lambda _number: None) -> Watched:
    watched = Watched(asked.ports, before)  # type: ignore[arg-type]
    quality.run(asked.ports, watched, "s")
    return watched


@given(grades=GRADES, found=FOUND)
def test_each_measure_is_that_of_an_evaluation(grades: dict[str, int], found: list[str]) -> None:
    pytest.importorskip("ir_measures")
    theirs = by_ir_measures({"q": found}, {"q": grades})
    assert quality.recall(found, grades) == pytest.approx(theirs.recall_at_10)
    assert quality.ndcg(found, grades) == pytest.approx(theirs.ndcg_at_10)


def test_every_judged_query_is_asked(asked: AskedShop) -> None:
    assert len(run(asked).asked) == 24
    found = probe(asked)
    assert found is not None
    assert (found.index, found.query_set, found.queries) == (asked.shop.name, "s", 24)
    assert found.at == asked.ports.clock()
    assert found.measures["recall@10"] == 1.0
    assert 0.3 < found.measures["ndcg@10"] <= 1.0
    assert 0 < found.measures["latency_p50_s"] <= found.measures["latency_p95_s"]


def test_what_got_worse_is_measured(asked: AskedShop) -> None:
    run(asked)
    before = probe(asked)
    wrong = [replace(each, grades={"gold-sofa": 2}) for each in asked.queries]
    asked.ask(wrong)
    asked.later(600)
    run(asked)
    after = probe(asked)
    assert before is not None
    assert after is not None
    assert after.measures["ndcg@10"] < before.measures["ndcg@10"] - 0.3


def test_it_is_asked_again_when_its_time_has_come(asked: AskedShop) -> None:
    run(asked)
    asked.later(599)
    assert run(asked).asked == []
    asked.later(1)
    assert len(run(asked).asked) == 24


def test_queries_without_an_answer_are_left_out(asked: AskedShop) -> None:
    asked.ask([*asked.queries[:2], JudgedQuery("unjudged", text="a mug")])
    assert len(run(asked).asked) == 2


def test_a_set_that_is_gone_or_empty_is_left_alone(asked: AskedShop) -> None:
    asked.ask([])
    with pytest.raises(NotFound, match="no query with an answer"):
        quality.measure(asked.ports, "s", Watched(asked.ports))
    assert run(asked).asked == []
    with asked.ports.database.work() as work:
        work.query_sets.remove("s")
    assert run(asked).asked == []
    assert probe(asked) is None


def test_a_part_that_is_down_leaves_the_last_probe(asked: AskedShop) -> None:
    def down(number: int) -> None:
        if number > 3:
            raise IndexDown("it does not answer")

    run(asked)
    before = probe(asked)
    asked.later(600)
    run(asked, before=down)
    assert probe(asked) == before != None  # noqa: E711


def test_a_probe_that_takes_too_long_is_given_up(
    asked: AskedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "PATIENCE_S", -1.0)
    assert run(asked).asked == []
    assert probe(asked) is None


def test_another_process_at_the_same_set_is_not_doubled(asked: AskedShop) -> None:
    # Locks are re-entrant in a thread, so another one must come too late.
    with asked.ports.locks.writing("quality:s"), ThreadPoolExecutor(1) as other:
        assert other.submit(run, asked).result().asked == []


def test_what_is_due_is_sent(asked: AskedShop) -> None:
    sent: list[tuple[str, dict[str, str]]] = []
    queue = asked.ports.database._queue  # type: ignore[attr-defined]
    queue.send = lambda task, ids, *, delay_s=0.0: sent.append((task, dict(ids)))
    quality.send_due(asked.ports)
    run(asked)
    quality.send_due(asked.ports)
    assert sent == [(names.INSIGHT_PROBE, {"query_set": "s"})]
