"""Chances without a library are the library's."""

from __future__ import annotations

import pytest

from services.insight.watch import chances

stats = pytest.importorskip("scipy.stats")


@pytest.mark.parametrize("freedom", [1, 2, 5, 8, 9])
@pytest.mark.parametrize("statistic", [1e-9, 0.3, 4.0, 30.0, 400.0, 1e5])
def test_of_chi_square(statistic: float, freedom: int) -> None:
    assert chances.of_chi_square(statistic, freedom) == pytest.approx(
        stats.chi2.sf(statistic, freedom), rel=1e-9, abs=1e-300
    )


@pytest.mark.parametrize("statistic", [-3.0, 0.0, 1.5, 6.0])
def test_of_normal(statistic: float) -> None:
    assert chances.of_normal(statistic) == pytest.approx(stats.norm.sf(statistic), rel=1e-9)


def test_no_difference_is_certain() -> None:
    assert chances.of_chi_square(0.0, 9) == 1.0
