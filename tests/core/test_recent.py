"""The last minutes of a process, slice by slice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.telemetry import recent
from services.core.telemetry.recent import KEPT_S, MAX_TIMES, STEP_S, Recent, percentiles

SEARCH = "/v1/indexes/{index}/search"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_slice_counts_what_came_in_it(clock: Clock) -> None:
    seen = Recent(clock=clock)
    seen.note_request(SEARCH, 200, 0.1)
    seen.note_request(SEARCH, 422, 9.0)
    seen.note_request("/v1/jobs", 503, 9.0)
    clock.now += STEP_S
    seen.note_request("/v1/indexes/{index}/documents/{document_id}/similar", 200, 0.3)
    first, second = seen.moments()
    assert (first.at, first.requests, first.errors, first.searches) == (1_000_000.0, 3, 1, 1)
    assert first.latency_s == (0.1, 0.1, 0.1)
    assert (second.requests, second.searches, second.latency_s) == (1, 1, (0.3, 0.3, 0.3))
    assert seen.latency_s() == (0.1, 0.3, 0.3)


def test_slices_in_which_nothing_came_are_there_too(clock: Clock) -> None:
    seen = Recent(clock=clock)
    seen.note_request(SEARCH, 200, 0.1)
    clock.now += 3 * STEP_S
    moments = seen.moments()
    assert [each.requests for each in moments] == [1, 0, 0, 0]
    assert [each.latency_s is None for each in moments] == [False, True, True, True]
    assert len(seen.moments(last_s=2 * STEP_S)) == 2
    assert seen.latency_s(last_s=2 * STEP_S) is None


def test_what_is_older_than_ten_minutes_is_forgotten(clock: Clock) -> None:
    seen = Recent(clock=clock)
    seen.note_request(SEARCH, 200, 0.1)
    clock.now += KEPT_S
    seen.note_request(SEARCH, 200, 0.2)
    assert sum(each.requests for each in seen.moments()) == 1
    assert seen.latency_s() == (0.2, 0.2, 0.2)


def test_a_clock_that_is_set_back_loses_nothing(clock: Clock) -> None:
    seen = Recent(clock=clock)
    seen.note_request(SEARCH, 200, 0.1)
    clock.now -= 100
    seen.note_request(SEARCH, 200, 0.2)
    assert [each.requests for each in seen.moments()] == [2]


def test_queues_are_what_they_were_when_somebody_looked(clock: Clock) -> None:
    seen = Recent(clock=clock)
    seen.note_queues({"ingest": 3})
    clock.now += STEP_S
    seen.note_request(SEARCH, 200, 0.1)
    assert [dict(each.queues) for each in seen.moments()] == [{"ingest": 3}, {}]


def test_a_busy_slice_keeps_no_more_durations_than_it_may(clock: Clock, monkeypatch) -> None:
    monkeypatch.setattr(recent, "MAX_TIMES", 3)
    seen = Recent(clock=clock)
    for _ in range(5):
        seen.note_request(SEARCH, 200, 0.1)
    assert [each.searches for each in seen.moments()] == [5]
    assert MAX_TIMES * KEPT_S / STEP_S * 8 < 4_000_000


@given(st.lists(st.floats(0, 100), min_size=1, max_size=300))
def test_percentiles_are_durations_that_were_and_ascend(times: list[float]) -> None:
    found = percentiles(times)
    assert found is not None
    assert list(found) == sorted(found)
    assert set(found) <= set(times)
    for share, value in zip((0.5, 0.95, 0.99), found, strict=True):
        assert sum(each <= value for each in times) >= share * len(times) - 1e-9
