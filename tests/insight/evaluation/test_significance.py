"""Intervals and p-values are those of scipy, and noise is called significant as often as said."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from services.insight.evaluation.significance import (
    Units,
    detectable,
    estimate,
    estimates,
    holm,
    p_values,
)

GENERATOR = np.random.default_rng(3)
FEW = GENERATOR.normal(0.3, 1.0, size=11)
MANY = GENERATOR.normal(0.12, 1.0, size=150)


def alone(count: int) -> Units:
    return Units.named([str(number) for number in range(count)])


def by_scipy(differences: np.ndarray) -> float:
    found = stats.permutation_test(
        (differences,),
        lambda sample, axis: np.mean(sample, axis=axis),
        permutation_type="samples",
        n_resamples=9999,
        vectorized=True,
        rng=np.random.default_rng(4),
    )
    return float(found.pvalue)


def test_of_few_queries_the_p_value_is_exactly_that_of_scipy() -> None:
    found = p_values(FEW[:, None], alone(len(FEW)), seed=1)[0]
    assert found == pytest.approx(by_scipy(FEW))
    assert found == pytest.approx(round(found * 2**11) / 2**11)


def test_of_many_queries_it_is_near_that_of_scipy() -> None:
    found = p_values(MANY[:, None], alone(len(MANY)), seed=1)[0]
    assert found == pytest.approx(by_scipy(MANY), abs=0.015)
    assert 0.01 < found < 0.5


def test_the_interval_is_that_of_scipy() -> None:
    theirs = stats.bootstrap(
        (MANY,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(2)
    ).confidence_interval
    ours = estimates(MANY[:, None], alone(len(MANY)), seed=1, resamples=5000)[0]
    assert ours.mean == pytest.approx(MANY.mean())
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.02)


def test_an_interval_holds_the_true_mean_nineteen_times_in_twenty() -> None:
    generator = np.random.default_rng(5)
    units = alone(80)
    held = [
        found.low <= 0.5 <= found.high
        for found in estimates(generator.random((80, 400)), units, seed=1, resamples=500)
    ]
    assert 0.9 <= np.mean(held) <= 0.98


def test_noise_is_significant_one_time_in_twenty() -> None:
    noise = np.random.default_rng(6).normal(size=(60, 500))
    found = p_values(noise, alone(60), seed=1, shuffles=499)
    assert 0.02 <= (found < 0.05).mean() <= 0.08


def test_rewordings_add_no_certainty() -> None:
    once = p_values(FEW[:, None], alone(11), seed=1)
    units = Units.named([str(number) for number in range(11) for _ in range(4)])
    repeated = np.repeat(FEW, 4)
    assert p_values(repeated[:, None], units, seed=1) == pytest.approx(once)
    single, many = estimate(FEW, alone(11), seed=1), estimate(repeated, units, seed=1)
    # The units are the same, so the same are drawn.
    assert (many.low, many.high) == pytest.approx((single.low, single.high))
    assert many.queries == 44
    assert detectable(repeated, units) == pytest.approx(detectable(FEW, alone(11)))


def test_holm_multiplies_by_how_many_are_left() -> None:
    found = holm(np.array([0.04, 0.001, 0.03]))
    assert found == pytest.approx([0.06, 0.003, 0.06])
    assert len(holm(np.array([]))) == 0


def test_holm_is_that_of_statsmodels() -> None:
    values = np.random.default_rng(8).random(30).round(2) ** 3
    assert holm(values) == pytest.approx(multipletests(values, method="holm")[1])


def test_what_is_detectable_is_found_four_times_in_five() -> None:
    generator = np.random.default_rng(7)
    # The spread is known well from many; a hundredth of them shows ten times as much.
    effect = 10 * detectable(generator.normal(size=10_000), alone(10_000))
    found = p_values(generator.normal(effect, 1, size=(100, 300)), alone(100), seed=1, shuffles=499)
    assert 0.7 <= (found < 0.05).mean() <= 0.9


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-4, 4), min_size=1, max_size=20), st.integers(0, 5))
def test_the_sign_of_a_difference_does_not_matter_to_its_p_value(values, seed: int) -> None:
    differences = np.array(values, dtype=float)[:, None]
    units = alone(len(values))
    found = p_values(differences, units, seed=seed, shuffles=99)[0]
    assert found == p_values(-differences, units, seed=seed, shuffles=99)[0]
    assert 0 < found <= 1
    if not differences.any():
        assert found == 1
