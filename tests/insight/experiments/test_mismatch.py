"""A wrong split of clients is found, and a right one raises no more alarms than promised."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.types.experiments import Analysis
from services.insight.experiments import mismatch
from tests.insight.chance import likely, no_more

SHARES = (0.5, 0.3, 0.2)


def test_a_right_split_has_uniform_ps() -> None:
    rng = np.random.default_rng(41)
    ps = np.array(
        [
            mismatch.check([int(n) for n in counts], shares=SHARES).p_value
            for counts in rng.multinomial(5000, SHARES, 800)
        ]
    )
    for level in (0.05, 0.2, 0.5):
        assert likely(int((ps < level).sum()), runs=800, chance=level)


def test_peeking_at_a_right_split_alarms_no_more_often_than_promised() -> None:
    rng = np.random.default_rng(42)
    alarms = 0
    for _ in range(400):
        looks = np.cumsum(rng.multinomial(200, SHARES, 40), axis=0)
        alarms += any(
            mismatch.check(
                [int(n) for n in counts], shares=SHARES, analysis=Analysis.ALWAYS_VALID
            ).p_value
            < 0.05
            for counts in looks
        )
    assert no_more(alarms, runs=400, chance=0.05)


@pytest.mark.parametrize("analysis", Analysis)
def test_a_variant_that_loses_its_clients_is_found(analysis: Analysis) -> None:
    found = mismatch.check([10_000, 9_300], shares=(0.5, 0.5), analysis=analysis)
    assert found.mismatched
    assert found.expected == (9_650, 9_650)


def test_shares_need_not_be_of_one() -> None:
    whole = mismatch.check([600, 400], shares=(0.5, 0.5))
    half = mismatch.check([600, 400], shares=(0.25, 0.25))
    assert whole == half


def test_too_few_clients_are_no_mismatch() -> None:
    assert not mismatch.check([8, 0], shares=(0.5, 0.5)).mismatched
    assert not mismatch.check([0, 0], shares=(0.5, 0.5)).mismatched


@pytest.mark.parametrize("shares", [(1.0,), (0.5, 0.3, 0.2)])
def test_counts_and_shares_must_match(shares: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="as many counts as shares"):
        mismatch.check([1] if len(shares) == 1 else [1, 2], shares=shares)
