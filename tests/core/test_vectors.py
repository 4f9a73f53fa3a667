"""Vector arithmetic: results have unit length, bad input is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.core.errors import InputError
from services.core.vectors import check_unit, fuse, normalise, truncate

finite = st.floats(-(2.0**100), 2.0**100, width=32)


@given(arrays(np.float32, (3, 8), elements=finite))
def test_normalised_rows_have_unit_length_and_keep_their_direction(matrix: np.ndarray) -> None:
    if not matrix.any(axis=1).all():
        with pytest.raises(ValueError, match="zero"):
            normalise(matrix)
        return
    unit = normalise(matrix)
    assert unit.dtype == np.float32
    check_unit(unit, dimensions=8)
    peaks = np.abs(matrix).argmax(axis=1)
    rows = np.arange(3)
    assert (np.sign(unit[rows, peaks]) == np.sign(matrix[rows, peaks])).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_is_not_normalised(bad: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        normalise(np.array([1.0, bad]))


def test_truncation_keeps_the_first_dimensions_and_unit_length() -> None:
    matrix = normalise(np.random.default_rng(1).normal(size=(4, 8)))
    short = truncate(matrix, 4)
    check_unit(short, dimensions=4)
    assert np.allclose(short, normalise(matrix[:, :4]))
    assert truncate(matrix, 8) is matrix
    with pytest.raises(ValueError, match="8 dimensions"):
        truncate(matrix, 9)


def test_fusing_with_equal_weights_is_the_normalised_mean() -> None:
    x, y = np.eye(2, dtype=np.float32)
    assert np.allclose(fuse([x, y], [1, 1]), [0.5**0.5, 0.5**0.5])
    assert np.allclose(fuse([x, y], [1, 1]), fuse([x, y], [250, 250]))


def test_a_negative_weight_steers_away() -> None:
    x, y = np.eye(2, dtype=np.float32)
    assert fuse([x, y], [1, -0.5]) @ y < 0
    assert np.allclose(fuse([x], [-2]), -x)


def test_parts_that_cancel_out_are_refused_by_name() -> None:
    x = np.eye(2, dtype=np.float32)[0]
    for weights in ([1, -1], [0, 0], [float("nan"), 1]):
        with pytest.raises(InputError) as refusal:
            fuse([x, x], weights, field="query.parts")
        assert refusal.value.fields[0].field == "query.parts"


def test_fusing_needs_one_weight_a_vector() -> None:
    x = np.eye(2, dtype=np.float32)[0]
    with pytest.raises(ValueError, match="0 vectors"):
        fuse([], [])
    with pytest.raises(ValueError, match="2 weights"):
        fuse([x], [1, 2])


@pytest.mark.parametrize(
    ("vector", "problem"),
    [
        (np.zeros(4), "unit length"),
        (np.full(4, np.nan), "finite"),
        (np.ones(4), "unit length"),
        (np.eye(5)[0], "4 dimensions"),
    ],
)
def test_a_vector_that_is_not_a_unit_vector_is_refused(vector: np.ndarray, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        check_unit(vector, dimensions=4)
