"""Propensities come out of swaps, whatever is popular and whatever is relevant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.core.errors import InputError
from services.insight.events.propensity import POSITIONS, Exposure, by_hand, from_swaps
from tests.insight.chance import likely

LOOKED_AT = 1 / np.arange(1, 7) ** 0.8


def _log(rng: np.random.Generator, *, queries: int = 60, swapped: bool = True) -> list[Exposure]:
    """Two orders of six documents for each query, the better ones first in the first of them."""
    log = []
    for query in range(queries):
        attraction = np.sort(rng.beta(1, 3, 6))[::-1]
        for order in (np.arange(6), rng.permutation(6) if swapped else np.arange(6)):
            shown = int(rng.poisson(80)) + 1
            for rank, document in enumerate(order):
                clicks = int(rng.binomial(shown, LOOKED_AT[rank] * attraction[document]))
                log.append(Exposure(str(document), rank + 1, shown, clicks, query=str(query)))
    return log


def test_intervals_hold_the_planted_propensities_as_often_as_promised() -> None:
    runs, held = 150, 0
    estimates, errors = [], []
    for run in range(runs):
        found = from_swaps(_log(np.random.default_rng((61, run)), queries=40))
        assert found is not None
        pairs = zip(found.intervals()[1:], LOOKED_AT[1:], strict=True)
        held += sum(interval.holds(float(truth)) for interval, truth in pairs)
        estimates.append(np.log(found.by_position[1:]))
        errors.append(np.sqrt(np.diag(found.covariance())[1:]))
    # The ranks of one run are not independent of each other.
    assert likely(held, runs=5 * runs, chance=0.95, confidence=0.99999)
    spread = np.std(estimates, axis=0, ddof=1)
    assert np.mean(errors, axis=0).mean() == pytest.approx(spread.mean(), rel=0.1)


def test_documents_of_one_query_that_are_clicked_alike_do_not_count_as_several() -> None:
    log = _log(np.random.default_rng(66))
    once = from_swaps(log)
    twice = from_swaps([*log, *(replace(one, document=f"{one.document}'") for one in log)])
    assert once is not None
    assert twice is not None
    assert twice.by_position == pytest.approx(once.by_position)
    assert twice.covariance() == pytest.approx(once.covariance())


def test_many_clicks_recover_the_planted_propensities() -> None:
    found = from_swaps(_log(np.random.default_rng(62), queries=1_000))
    assert found is not None
    assert found.by_position == pytest.approx(LOOKED_AT, rel=0.08)
    assert found.by_position[0] == 1
    assert found.source == "estimated"


def test_an_order_that_puts_the_better_first_does_not_look_like_more_attention() -> None:
    # Every rank is looked at alike; only what stands there is better at the top.
    rng = np.random.default_rng(63)
    log = []
    for query in range(200):
        attraction = np.array([0.6, 0.3, 0.1])
        for order in ((0, 1, 2), (1, 0, 2), (0, 2, 1)):
            shown = 300 if order == (0, 1, 2) else 30
            for rank, document in enumerate(order):
                clicks = int(rng.binomial(shown, attraction[document]))
                log.append(Exposure(str(document), rank + 1, shown, clicks, query=str(query)))
    found = from_swaps(log)
    assert found is not None
    assert found.by_position == pytest.approx((1, 1, 1), rel=0.08)


def test_exact_proportions_are_recovered_exactly() -> None:
    log = [Exposure("a", 1, 100, 40, query=query) for query in ("x", "y")] + [
        Exposure("a", 2, 50, 10, query=query) for query in ("x", "y")
    ]
    found = from_swaps(log)
    assert found is not None
    assert found.by_position == pytest.approx((1, 0.5))
    assert found.clicks == 100


def test_ranks_are_tied_through_others() -> None:
    log = [
        Exposure("a", rank, 100, clicks, query=query)
        for query in ("x", "y", "z")
        for rank, clicks in ((1, 40), (2, 20))
    ] + [
        Exposure("b", rank, 100, clicks, query=query)
        for query in ("x", "y", "z")
        for rank, clicks in ((2, 30), (3, 15))
    ]
    found = from_swaps(log)
    assert found is not None
    assert found.by_position == pytest.approx((1, 0.5, 0.25))


def test_ranks_end_where_swaps_do_not_reach() -> None:
    log = [
        Exposure(name, rank, 100, 40, query=query)
        for query in ("x", "y", "z")
        for name, ranks in (("a", (1, 2)), ("b", (4, 5)))
        for rank in ranks
    ]
    found = from_swaps(log)
    assert found is not None
    assert len(found.by_position) == 2


def test_ranks_with_hardly_a_click_are_left_out() -> None:
    log = [
        Exposure("a", rank, 100, clicks, query=query)
        for query in ("x", "y", "z")
        for rank, clicks in ((1, 40), (2, 20), (3, 1))
    ]
    found = from_swaps(log)
    assert found is not None
    assert len(found.by_position) == 2


@pytest.mark.parametrize(
    "log",
    [
        [],
        _log(np.random.default_rng(64), swapped=False),
        [Exposure("a", rank, 100, 50, query="only one") for rank in (1, 2)],
        [Exposure("a", rank, 100, 0, query=query) for rank in (1, 2) for query in "xy"],
        [Exposure("a", rank, 100, 50, query=query) for rank in (2, 3) for query in "xy"],
    ],
    ids=["nothing", "never swapped", "one query", "no clicks", "rank 1 not swapped"],
)
def test_what_tells_nothing_of_ranks_has_no_estimate(log: list[Exposure]) -> None:
    assert from_swaps(log) is None


def test_the_order_of_exposures_does_not_matter() -> None:
    log = _log(np.random.default_rng(65))
    there, back = from_swaps(log), from_swaps(log[::-1])
    assert there is not None
    assert back is not None
    assert there.by_position == pytest.approx(back.by_position)


def test_propensities_set_by_hand_are_exact_and_the_last_holds_below() -> None:
    made = by_hand([1, 0.6, 0.4])
    assert [made.at(rank) for rank in (1, 2, 3, 40)] == [1, 0.6, 0.4, 0.4]
    assert all(interval.low == interval.high for interval in made.intervals())


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ([], "by_position"),
        ([1.0] * (POSITIONS + 1), "by_position"),
        ([0.9, 0.5], "by_position[0]"),
        ([1, 0.5, 0], "by_position[2]"),
        ([1, 1.2], "by_position[1]"),
        ([1, float("nan")], "by_position[1]"),
    ],
)
def test_what_is_no_propensity_is_named(values: list[float], field: str) -> None:
    with pytest.raises(InputError) as caught:
        by_hand(values)
    assert caught.value.fields[0].field == field
