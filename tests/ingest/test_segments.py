"""Segments cover a recording without gaps, and none is a mere rest."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.types.indexes import Segments
from services.ingest.segments import LENGTHS_S, MIN_STEP_S, cut


@pytest.mark.parametrize(
    ("duration_s", "segments", "expected"),
    [
        (0.0, Segments(), [(0, 1)]),
        (0.3, Segments(), [(0, 300)]),
        (5.0, Segments(), [(0, 5000)]),
        (7.4, Segments(), [(0, 7400)]),
        (7.5, Segments(), [(0, 5000), (5000, 7500)]),
        (10.2, Segments(), [(0, 5000), (5000, 10200)]),
        (3.2, Segments(length_s=1.0), [(0, 1000), (1000, 2000), (2000, 3200)]),
        (11.0, Segments(overlap_s=2.0), [(0, 5000), (3000, 8000), (6000, 11000)]),
        (40.0, Segments(length_s=30.0), [(0, 30000), (30000, 40000)]),
    ],
)
def test_a_rest_joins_the_segment_before_it(duration_s, segments, expected) -> None:
    assert cut(duration_s, segments) == expected


@given(
    st.floats(0, 700),
    st.floats(*LENGTHS_S).flatmap(
        lambda length: st.tuples(st.just(length), st.floats(0, length - MIN_STEP_S))
    ),
)
def test_segments_cover_everything_in_order(duration_s: float, shape: tuple[float, float]) -> None:
    length_s, overlap_s = shape
    found = cut(duration_s, Segments(length_s=length_s, overlap_s=overlap_s))
    whole = max(1, round(duration_s * 1000))
    assert found[0][0] == 0
    assert found[-1][1] == whole
    assert len(found) <= 701
    for (start, end), (later, last) in pairwise(found):
        assert start < later <= end < last
    assert all(0 < end - start <= 1000 * LENGTHS_S[1] for start, end in found)
