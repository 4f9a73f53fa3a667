"""The shared steps around any model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.base import Content, Modality, ModelError, unit

NUMBERS = st.floats(-1e3, 1e3, width=32).filter(lambda number: abs(number) > 1e-3)


@given(arrays(np.float32, st.tuples(st.integers(1, 5), st.integers(1, 8)), elements=NUMBERS))
def test_unit_keeps_direction_and_sets_length(vectors: np.ndarray) -> None:
    scaled = unit(vectors)
    np.testing.assert_allclose(np.linalg.norm(scaled, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(
        scaled * np.linalg.norm(vectors, axis=1, keepdims=True), vectors, rtol=1e-4
    )


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
def test_a_vector_without_direction_is_refused(bad: float) -> None:
    with pytest.raises(ModelError, match="without a direction"):
        unit(np.full((1, 4), bad, dtype=np.float32))


def test_modalities_of_a_content_have_one_order() -> None:
    assert Content(image=b"x", text="y").modalities() == (Modality.TEXT, Modality.IMAGE)
    assert Content().modalities() == ()
