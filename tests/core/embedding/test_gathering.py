"""Callers share questions; each gets its own rows or its own error, and none waits for ever."""

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.embedding.gathering import Gathering, Ticket
from services.core.errors import Busy, EmbedderDown, InputError
from services.core.types.vectors import Content
from tests.servers.processes import wait_until

LONG_S = 600.0
CALLS = st.lists(
    st.tuples(st.sampled_from("ab"), st.lists(st.integers(0, 99), min_size=1, max_size=6)),
    max_size=40,
)


def ticket(*numbers: int, for_s: float = LONG_S) -> Ticket:
    contents = [Content(text=str(number)) for number in numbers]
    return Ticket(contents, width=1, fingerprint="", deadline=monotonic() + for_s)


def rows(each: Ticket) -> np.ndarray:
    return np.asarray([[float(content.text)] for content in each.contents], np.float32)


class Held:
    """Asks that a test lets through one by one, noting who asked together."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[Ticket]]] = []
        self.go = threading.Semaphore(0)
        self.unwanted = []

    def __call__(self, key, tickets, unwanted) -> None:
        self.asked.append((key, list(tickets)))
        self.unwanted.append(unwanted)
        while not self.go.acquire(timeout=0.01):
            if unwanted():
                raise EmbedderDown("given up")
        for each in tickets:
            each.fill(rows(each))

    def until(self, count: int) -> None:
        wait_until(lambda: len(self.asked) == count, what=f"{count} questions")


@settings(max_examples=60, deadline=None)
@given(calls=CALLS, batch=st.integers(1, 8), per_key=st.integers(1, 3), threads=st.integers(1, 4))
def test_every_caller_gets_exactly_its_own_also_when_some_fail(
    calls, batch, per_key, threads
) -> None:
    sizes = []

    def ask(key, tickets, _unwanted) -> None:
        sizes.append(sum(len(each.contents) for each in tickets))
        assert len(tickets) == 1 or sizes[-1] <= batch
        if any(content.text == "13" for each in tickets for content in each.contents):
            raise Busy("unlucky")
        for each in tickets:
            fails = any(int(content.text) % 10 == 7 for content in each.contents)
            each.fill(InputError.at(key, "seven") if fails else rows(each))

    gathering = Gathering(ask, batch=batch, per_key=per_key, threads=threads)

    def call(key: str, numbers: list[int]):
        return gathering.get(key, ticket(*numbers))

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(call, key, numbers) for key, numbers in calls]
    for (key, numbers), answer in zip(calls, answers, strict=True):
        error = answer.exception()
        if isinstance(error, Busy):
            continue  # of this question or of one that it shared
        if any(number % 10 == 7 for number in numbers):
            assert isinstance(error, InputError)
            assert error.fields[0].field == key
        else:
            assert 13 not in numbers
            np.testing.assert_array_equal(answer.result()[:, 0], numbers)
    gathering.close()


def test_who_comes_while_questions_are_under_way_goes_together() -> None:
    held = Held()
    gathering = Gathering(held, batch=8, per_key=1)
    tickets = [ticket(number) for number in range(10)]
    gathering.put("a", tickets[0])
    held.until(1)
    for each in tickets[1:]:
        gathering.put("a", each)
    held.go.release(3)
    for number, each in enumerate(tickets):
        assert gathering.wait(each).tolist() == [[number]]
    assert [len(asked) for _, asked in held.asked] == [1, 8, 1]
    gathering.close()


def test_a_kind_does_not_wait_for_another_kind() -> None:
    held = Held()
    gathering = Gathering(held, batch=8, per_key=1, threads=3)
    for key in "abc":
        gathering.put(key, ticket(1))
    held.until(3)
    assert {key for key, _ in held.asked} == set("abc")
    gathering.close()


def test_the_errors_of_two_callers_are_two_errors() -> None:
    def ask(_key, _tickets, _unwanted) -> None:
        raise EmbedderDown("for all")

    gathering = Gathering(ask, batch=8)
    first, second = ticket(1), ticket(2)
    gathering.put("a", first)
    gathering.put("a", second)
    for each in (first, second):
        with pytest.raises(EmbedderDown, match="for all"):
            gathering.wait(each)
    assert first.error is not second.error
    gathering.close()


def test_a_failure_of_ours_fails_its_callers_and_the_thread_goes_on(caplog) -> None:
    def ask(_key, tickets, _unwanted) -> None:
        if tickets[0].contents[0].text == "0":
            raise ZeroDivisionError
        tickets[0].fill(rows(tickets[0]))

    gathering = Gathering(ask, batch=1, threads=1)
    bad, good = ticket(0), ticket(1)
    gathering.put("a", bad)
    gathering.put("a", good)
    with pytest.raises(EmbedderDown, match="the log says why"):
        gathering.wait(bad)
    assert gathering.wait(good).tolist() == [[1]]
    assert "embedding.failed" in caplog.text
    gathering.close()


def test_who_runs_out_of_time_leaves_and_is_not_asked_for() -> None:
    held = Held()
    gathering = Gathering(held, batch=8, per_key=1)
    gathering.put("a", ticket(0))
    held.until(1)
    short = ticket(1, for_s=0.01)
    gathering.put("a", short)
    with pytest.raises(EmbedderDown, match="in time"):
        gathering.wait(short)
    last = ticket(2)
    gathering.put("a", last)
    held.go.release(2)
    assert gathering.wait(last).tolist() == [[2]]
    assert [each.contents[0].text for _, asked in held.asked for each in asked] == ["0", "2"]
    gathering.close()


def test_a_caller_alone_asks_on_its_own_thread_and_leaves_no_trace_when_interrupted() -> None:
    threads = []

    def ask(_key, tickets, _unwanted) -> None:
        threads.append(threading.current_thread())
        if len(threads) == 1:
            raise KeyboardInterrupt
        tickets[0].fill(rows(tickets[0]))

    gathering = Gathering(ask, batch=8, per_key=1)
    with pytest.raises(KeyboardInterrupt):
        gathering.get("a", ticket(1))
    assert gathering.under_way == 0
    assert gathering.get("a", ticket(2)).tolist() == [[2]]
    assert threads == [threading.current_thread()] * 2
    gathering.close()


def test_who_waited_behind_a_caller_that_asked_for_itself_is_asked_for_next() -> None:
    held = Held()
    gathering = Gathering(held, batch=8, per_key=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(gathering.get, "a", ticket(1))
        held.until(1)
        later = ticket(2)
        gathering.put("a", later)
        held.go.release(2)
        assert first.result(10).tolist() == [[1]]
        assert gathering.wait(later).tolist() == [[2]]
    gathering.close()


def test_a_question_whose_callers_have_all_left_is_unwanted() -> None:
    held = Held()
    gathering = Gathering(held, batch=8)
    mine = ticket(1)
    gathering.put("a", mine)
    held.until(1)
    assert not held.unwanted[0]()
    mine.left = True
    assert held.unwanted[0]()
    gathering.close()


def test_closing_fails_those_who_wait_and_whoever_comes_later() -> None:
    held = Held()
    gathering = Gathering(held, batch=8, per_key=1)
    under_way, waiting = ticket(1), ticket(2)
    gathering.put("a", under_way)
    held.until(1)
    gathering.put("a", waiting)
    gathering.close()
    for each in (under_way, waiting):
        with pytest.raises(EmbedderDown):
            gathering.wait(each)
    with pytest.raises(EmbedderDown, match="about to end"):
        gathering.put("a", ticket(3))
    assert not [each for each in threading.enumerate() if each.name.startswith("embed-ask")]
