"""Cuts a recording into the stretches that are embedded one by one."""

from __future__ import annotations

from typing import Final

from services.core.types.indexes import Segments

LENGTHS_S: Final = (1.0, 30.0)
FRAMES: Final = (1, 16)
MIN_STEP_S: Final = 1.0
"""What each segment must add: a recording of ten minutes has at most 600."""


def cut(duration_s: float, segments: Segments) -> list[tuple[int, int]]:
    """Start and end of each segment in milliseconds, together covering the whole duration.

    A rest of less than half a segment, or of less than a second, lengthens the one before it,
    unless that would take more than 30 seconds.
    """
    whole = max(1, round(duration_s * 1000))
    length, step = _ms(segments.length_s), _ms(segments.length_s - segments.overlap_s)
    short = max(1000, length // 2)
    found = [(0, min(length, whole))]
    while (end := found[-1][1]) < whole:
        start = found[-1][0] + step
        if whole - end < short and whole - found[-1][0] <= _ms(LENGTHS_S[1]):
            found[-1] = (found[-1][0], whole)
        else:
            found.append((start, min(start + length, whole)))
    return found


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
