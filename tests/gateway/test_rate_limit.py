"""An allowance is spent, refills steadily and is each caller's own."""

import pytest

from services.core.errors import RateLimited
from services.gateway.rate_limit import RateLimiter, TooManyRequests
from services.gateway.seats import Seats


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_allowance_can_be_spent_at_once_and_then_refills_steadily() -> None:
    clock = Clock()
    limiter = RateLimiter(30, clock=clock)
    for _ in range(30):
        limiter.spend("a")
    with pytest.raises(TooManyRequests) as refused:
        limiter.spend("a")
    assert refused.value.retry_after_s == 2
    clock.now += 2
    limiter.spend("a")
    with pytest.raises(TooManyRequests):
        limiter.spend("a")


def test_callers_do_not_share_an_allowance() -> None:
    limiter = RateLimiter(1, clock=Clock())
    limiter.spend("a")
    limiter.spend("b")
    with pytest.raises(TooManyRequests):
        limiter.spend("a")


def test_zero_means_no_limit() -> None:
    limiter = RateLimiter(0, clock=Clock())
    for _ in range(100):
        limiter.spend("a")


def test_seats_are_refused_when_taken_and_free_when_left() -> None:
    seats = Seats(1)
    seats.take()
    with pytest.raises(RateLimited):
        seats.take()
    with seats.held():
        pass
    assert seats.taken == 0
    seats.take()
