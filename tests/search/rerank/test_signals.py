"""Business moves a hit a bounded number of places, and says by which terms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.types.documents import Document
from services.search.rerank.signals import SIGNALS, Signals
from services.search.rerank.stage import Asked, Candidate, Status

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ASKED = Asked("shop", ("mug",), None, NOW)


def candidate(id: str, *, days: float = 0, **signals: float) -> Candidate:
    return Candidate(Document(id, signals=signals), 0.5, NOW - timedelta(days=days), None)


def ranked(formula: Signals, *candidates: Candidate) -> list[str]:
    outcome = formula.rank(ASKED, candidates, timeout_s=1)
    assert outcome.status is Status.APPLIED
    return [candidates[at].document.id for at in outcome.order]


def test_without_weights_and_rules_the_order_stays() -> None:
    found = [candidate(str(n), popularity=9 - n) for n in range(5)]
    assert ranked(Signals(), *found) == ["0", "1", "2", "3", "4"]


def test_a_popular_hit_rises_by_its_weight_in_places() -> None:
    found = [candidate("a"), candidate("b"), candidate("c"), candidate("d", popularity=7.0)]
    assert ranked(Signals({"popularity": 2.5}), *found) == ["a", "b", "c", "d"]  # no one to beat
    found = [*(candidate(n, popularity=1.0) for n in "abc"), candidate("d", popularity=7.0)]
    assert ranked(Signals({"popularity": 1.5}), *found) == ["a", "b", "d", "c"]
    assert ranked(Signals({"popularity": 2.5}), *found) == ["a", "d", "b", "c"]


def test_the_size_of_a_signal_does_not_matter_only_its_standing() -> None:
    small = [candidate("a", margin=1), candidate("b", margin=2), candidate("c", margin=3)]
    huge = [candidate("a", margin=1), candidate("b", margin=2), candidate("c", margin=3e12)]
    formula = Signals({"margin": 2.0})
    assert ranked(formula, *small) == ranked(formula, *huge)


def test_newer_and_sponsored_count_by_themselves() -> None:
    found = [candidate("old", days=300), candidate("new", days=1)]
    assert ranked(Signals({"recency": 1.5}), *found) == ["new", "old"]
    found = [candidate("plain"), candidate("paid", sponsored=1.0)]
    assert ranked(Signals({"sponsored": 1.5}), *found) == ["paid", "plain"]
    assert ranked(Signals({"sponsored": -1.5}), *found) == ["plain", "paid"]


def test_hard_rules_pin_bury_and_put_what_is_sold_out_last() -> None:
    found = [
        candidate("a", stock=0), candidate("b", stock=3), candidate("c"), candidate("d"),
        candidate("e", stock=-1),
    ]  # fmt: skip
    formula = Signals(out_of_stock_last=True, pin=("d", "c"), bury=("b",))
    assert ranked(formula, *found) == ["d", "c", "a", "e", "b"]


def test_the_terms_say_what_moved_it() -> None:
    found = [candidate("a", popularity=1), candidate("b", popularity=2, sponsored=1)]
    outcome = Signals({"popularity": 0.5, "sponsored": 0.25}).rank(ASKED, found, timeout_s=1)
    assert outcome.terms == {0: {}, 1: {"popularity": 0.5, "sponsored": 0.25}}


@given(
    rows=st.lists(
        st.dictionaries(st.sampled_from(SIGNALS[:-1]), st.floats(-1e6, 1e6)),
        min_size=1,
        max_size=30,
    ),
    weights=st.dictionaries(st.sampled_from(SIGNALS), st.floats(-50, 50)),
    bound=st.floats(0, 5),
)
def test_nobody_passes_one_that_stood_far_above(
    rows: list[dict[str, float]], weights: dict[str, float], bound: float
) -> None:
    found = [candidate(str(n), **row) for n, row in enumerate(rows)]
    order = Signals(weights, max_places=bound).rank(ASKED, found, timeout_s=1).order
    assert sorted(order) == list(range(len(rows)))
    for place, position in enumerate(order):
        assert all(position - passed <= 2 * bound for passed in order[place + 1 :])


@pytest.mark.parametrize("value", [float("inf"), -1e300])
def test_an_extreme_signal_is_only_the_largest_or_smallest(value: float) -> None:
    found = [candidate("a", popularity=value), candidate("b", popularity=1.0)]
    assert sorted(ranked(Signals({"popularity": 1.0}), *found)) == ["a", "b"]


def learned(id: str, taught: float | None, **signals: float) -> Candidate:
    return replace(candidate(id, **signals), learned_ctr=taught)


def test_what_clicks_taught_weighs_as_ctr() -> None:
    found = [learned("a", 0.1), learned("b", 0.2), learned("c", 0.3)]
    assert ranked(Signals({"ctr": 2.5}), *found) == ["c", "b", "a"]
    assert ranked(Signals({"popularity": 2.5}), *found) == ["a", "b", "c"]


def test_a_documents_own_ctr_counts_before_what_was_learned() -> None:
    found = [learned("a", 0.1), learned("b", 0.9, ctr=0.05)]
    assert ranked(Signals({"ctr": 2.0}), *found) == ["a", "b"]
