"""Coverage counts what was asked, and a cost that is not known is never nothing."""

import pytest

from services.insight.evaluation.serving import cost, coverage, latency, stages
from tests.insight.evaluation.made import answered

ANSWERED = {
    "p": answered("p", ["a", "b", "c"], took_ms=100.0, stages_ms={"embed": 30.0}),
    "q": answered("q", [], took_ms=300.0, stages_ms={"embed": 50.0, "rerank": 200.0}),
    "r": answered("r", ["b", "d"], took_ms=200.0, degraded=True),
}


def test_coverage_is_of_all_that_was_asked() -> None:
    found = coverage(["p", "q", "r", "s"], ANSWERED, k=2, documents=30)
    assert (found.answered, found.failed, found.degraded) == (0.5, 0.25, 0.25)
    assert (found.shown, found.catalog) == (3, 0.1)
    assert coverage(["p"], ANSWERED, k=2, documents=None).catalog is None


def test_percentiles_are_of_whole_answers() -> None:
    found = latency(ANSWERED)
    assert found is not None
    assert (found.p50, found.mean, found.queries) == (200.0, 200.0, 3)
    assert found.p90 <= found.p95 <= found.p99 <= 300
    assert latency({}) is None


def test_a_stage_is_timed_where_it_ran() -> None:
    found = stages(ANSWERED)
    assert list(found) == ["rerank", "embed"]
    assert (found["rerank"].queries, found["embed"].p50) == (1, 40.0)


def test_a_price_needs_both_an_amount_and_a_rate() -> None:
    assert cost(ANSWERED, price_per_hour=None).per_thousand is None
    assert cost({}, price_per_hour=2.0).per_thousand is None
    assert cost(ANSWERED, price_per_hour=None, tokens=500.0).per_thousand is None
    assert cost(ANSWERED, price_per_hour=1.8).per_thousand == pytest.approx(0.1)
    both = cost(ANSWERED, price_per_hour=1.8, tokens=500.0, price_per_million_tokens=4.0)
    assert both.per_thousand == pytest.approx(0.1 + 2.0)
    assert both.seconds == pytest.approx(0.2)
