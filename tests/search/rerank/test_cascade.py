"""A cascade permutes, reports and never raises, whatever its stages do."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import VisionDown, VisionTimeout
from services.core.types.documents import Document
from services.search.rerank.cascade import Cascade
from services.search.rerank.stage import Asked, Candidate, Outcome, Status

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ASKED = Asked("shop", ("mug",), None, NOW)
FIVE = [Candidate(Document(name), 0.5, NOW, None) for name in "abcde"]


@dataclass(frozen=True)
class Scripted:
    """A stage that does what it is told."""

    does: Callable[[Sequence[Candidate], float], Outcome]
    top: int | None = None
    name: str = "scripted"

    def rank(self, asked: Asked, candidates: Sequence[Candidate], *, timeout_s: float) -> Outcome:
        return self.does(candidates, timeout_s)


def saying(*order: int, **more) -> Scripted:
    return Scripted(lambda _, __: Outcome(Status.APPLIED, order, **more))


def reverse(top: int | None = None) -> Scripted:
    return Scripted(
        lambda shown, _: Outcome(Status.APPLIED, tuple(reversed(range(len(shown))))), top=top
    )


def raising(error: Exception) -> Scripted:
    def does(_: Sequence[Candidate], __: float) -> Outcome:
        raise error

    return Scripted(does)


@pytest.fixture
def cascade() -> Iterator[Cascade]:
    made = Cascade(threads=4)
    yield made
    made.close()


def test_each_stage_orders_what_the_one_before_left(cascade: Cascade) -> None:
    found = cascade.run([reverse(), reverse(top=2)], ASKED, FIVE)
    assert found.order == (3, 4, 2, 1, 0)
    assert [report.status for report in found.reports] == [Status.APPLIED] * 2


def test_reasons_and_terms_follow_their_candidates(cascade: Cascade) -> None:
    first = saying(4, 3, 2, 1, 0, terms={4: {"margin": 1.0}})
    second = saying(1, 0, 2, 3, 4, reasons={1: "It fits."})
    found = cascade.run([first, second], ASKED, FIVE)
    assert found.order == (3, 4, 2, 1, 0)
    assert found.reasons == {3: "It fits."}
    assert found.terms == {4: {"margin": 1.0}}


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        (saying(0, 1, 2), Status.INVALID),
        (saying(0, 1, 2, 3, 3), Status.INVALID),
        (saying(0, 1, 2, 3, 5), Status.INVALID),
        (Scripted(lambda _, __: Outcome(Status.INVALID)), Status.INVALID),
        (Scripted(lambda _, __: Outcome(Status.SKIPPED)), Status.SKIPPED),
        (raising(VisionDown("away")), Status.UNAVAILABLE),
        (raising(VisionTimeout("slow")), Status.TIMEOUT),
        (raising(ZeroDivisionError()), Status.UNAVAILABLE),
    ],
)
def test_after_a_failed_stage_the_order_that_came_in_goes_on(
    cascade: Cascade, stage: Scripted, status: Status
) -> None:
    found = cascade.run([reverse(), stage, reverse(top=2)], ASKED, FIVE)
    assert found.order == (3, 4, 2, 1, 0)
    assert found.reports[1].status is status


def test_a_stage_that_does_not_end_is_left_behind_and_the_next_is_skipped(
    cascade: Cascade,
) -> None:
    over = Event()

    def does(_: Sequence[Candidate], __: float) -> Outcome:
        over.wait(20)
        return Outcome(Status.APPLIED, (4, 3, 2, 1, 0))

    begun = time.monotonic()
    found = cascade.run([Scripted(does), reverse()], ASKED, FIVE, deadline_s=0.1)
    over.set()
    assert time.monotonic() - begun < 10
    assert found.order == (0, 1, 2, 3, 4)
    assert [report.status for report in found.reports] == [Status.TIMEOUT, Status.SKIPPED]


def test_stages_are_told_how_much_time_is_left(cascade: Cascade) -> None:
    told: list[float] = []

    def does(_: Sequence[Candidate], timeout_s: float) -> Outcome:
        told.append(timeout_s)
        return Outcome(Status.SKIPPED)

    cascade.run([Scripted(does), Scripted(does)], ASKED, FIVE, deadline_s=5)
    assert 0 < told[1] < told[0] <= 5


def test_nothing_found_is_nothing_to_rerank(cascade: Cascade) -> None:
    found = cascade.run([reverse()], ASKED, [])
    assert found.order == ()
    assert found.reports[0].status is Status.SKIPPED


@given(
    orders=st.lists(st.lists(st.integers(-1, 6), max_size=7), max_size=5),
    tops=st.lists(st.none() | st.integers(1, 9), min_size=5, max_size=5),
)
def test_whatever_stages_say_nothing_is_lost_repeated_or_invented(
    orders: list[list[int]], tops: list[int | None]
) -> None:
    stages = [
        Scripted(lambda _, __, order=tuple(order): Outcome(Status.APPLIED, order), top=top)
        for order, top in zip(orders, tops, strict=False)
    ]
    cascade = Cascade(threads=1)
    try:
        assert sorted(cascade.run(stages, ASKED, FIVE).order) == [0, 1, 2, 3, 4]
    finally:
        cascade.close()
