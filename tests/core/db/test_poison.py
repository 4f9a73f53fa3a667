"""Whatever the order of claims, deaths and returns: poison fails, and nothing else is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.core.db.database import SqlDatabase
from services.core.ports import UnitOfWork
from services.core.types.jobs import Item, ItemState
from tests.contract.claims import BAD, LEASE_S, MAX_CRASHES, QUEUED, all_items, job_of, take
from tests.contract.database import NOW, index
from tests.core.db.conftest import Outbox

PAUSE_S = 3.0
BATCH = 3
PROCESSES = 2
HANDS = st.tuples(st.integers(0, PROCESSES - 1), st.integers(0, 1))
ACTS = st.sampled_from(["claim", "claim", "work", "work", "release", "defer"])
STEPS = st.lists(st.tuples(HANDS, ACTS), max_size=30)
WITH_KILLS = st.lists(st.tuples(HANDS, st.one_of(ACTS, st.just("kill"))), max_size=30)
POISON = st.sets(st.integers(0, 7), max_size=3)


class Shift:
    """Processes of two tasks each that work through one job; poison kills who works on it."""

    def __init__(self, work: UnitOfWork, poison: set[int]) -> None:
        self.jobs = work.jobs
        self.now = NOW
        self._work = work
        self.job = job_of(work, "shop", *(f"d{number}" for number in range(8)))
        self.sequences = [item.sequence for item in all_items(work, self.job)]
        self.poison = {self.sequences[place] for place in poison}
        self.deaths: Counter[int] = Counter()
        self._lives: Counter[int] = Counter()
        self._hands: dict[tuple[int, int], list[Item]] = {}

    def act(self, hand: tuple[int, int], act: str) -> None:
        held = self._hands.get(hand, [])
        if act == "claim" and not held:
            self._claim(hand)
        elif act == "kill" or (act == "work" and self._poisoned(held)):
            self._die(hand[0])
        elif act != "claim" and held:
            self._end(held, act)
            del self._hands[hand]
        self._pass(1.0)

    def finish(self) -> None:
        """Work until nothing is left; it always comes to an end."""
        for _ in range(200):
            for process in range(PROCESSES):
                for task in range(2):
                    self.act((process, task), "work")
                    self.act((process, task), "claim")
            if self.jobs.settle(self.job, now=self.now).state.finished:
                return
        raise AssertionError("items are left that nobody can take")

    def items(self) -> dict[int, Item]:
        return {item.sequence: item for item in all_items(self._work, self.job)}

    def _claim(self, hand: tuple[int, int]) -> None:
        worker = f"p{hand[0]}.{self._lives[hand[0]]}/{hand[1]}"
        found = take(self._work, self.job, QUEUED, worker=worker, limit=BATCH, now=self.now)
        others = {item.sequence for held in self._hands.values() for item in held}
        assert others.isdisjoint(item.sequence for item in found), "in two hands at once"
        if found:
            self._hands[hand] = found

    def _poisoned(self, held: list[Item]) -> bool:
        return any(item.sequence in self.poison for item in held)

    def _end(self, held: list[Item], act: str) -> None:
        worker = held[0].claimed_by or ""
        if act == "release":
            assert self.jobs.release(worker=worker) == len(held)
            return
        for item in held:
            if act == "work":
                self.jobs.mark_succeeded(item.sequence, now=self.now)
            else:
                until = self.now + timedelta(seconds=PAUSE_S)
                self.jobs.defer(item.sequence, BAD, until=until)

    def _die(self, process: int) -> None:
        for hand in [each for each in self._hands if each[0] == process]:
            self.deaths.update(item.sequence for item in self._hands.pop(hand))
        self._lives[process] += 1

    def _pass(self, seconds: float) -> None:
        """Time goes by; whoever lives renews its leases."""
        self.now += timedelta(seconds=seconds)
        for held in self._hands.values():
            self.jobs.hold(
                [item.sequence for item in held],
                worker=held[0].claimed_by or "",
                until=self.now + timedelta(seconds=LEASE_S),
            )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlDatabase]:
    folder: Path = tmp_path_factory.mktemp("poison")
    database = SqlDatabase.open(f"sqlite:///{folder}/margay.sqlite3", queue=Outbox())
    with database.work() as work:
        work.indexes.add(index("shop"))
    yield database
    database.close()


def checked(shift: Shift) -> dict[int, Item]:
    """The items at the end, after checking that none is lost and that the counts are theirs."""
    found = shift.items()
    assert list(found) == shift.sequences
    job = shift.jobs.get(shift.job)
    counts = Counter(item.state for item in found.values())
    assert {state: n for state, n in job.counts.items() if n} == counts
    for sequence, item in found.items():
        if item.state is ItemState.FAILED:
            assert item.error is not None
            assert item.error.code == "worker_crashed"
            assert shift.deaths[sequence] >= MAX_CRASHES
        else:
            assert item.state is ItemState.SUCCEEDED
            assert sequence not in shift.poison
    return found


def worked(
    database: SqlDatabase, steps: list[tuple[tuple[int, int], str]], poison: set[int]
) -> tuple[Shift, dict[int, Item]]:
    """Everything in one transaction: the order of steps is what is tried here."""
    with database.work() as work:
        shift = Shift(work, poison)
        for hand, act in steps:
            shift.act(hand, act)
        shift.finish()
        return shift, checked(shift)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS, st.integers(0, 7))
def test_one_poison_takes_nothing_with_it(
    shared: SqlDatabase, steps: list[tuple[tuple[int, int], str]], poison: int
) -> None:
    shift, found = worked(shared, steps, {poison})
    states = [found[sequence].state for sequence in shift.sequences]
    assert states.pop(poison) is ItemState.FAILED
    assert set(states) == {ItemState.SUCCEEDED}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(WITH_KILLS, POISON)
def test_only_what_was_in_hand_at_so_many_deaths_fails(
    shared: SqlDatabase, steps: list[tuple[tuple[int, int], str]], poison: set[int]
) -> None:
    shift, found = worked(shared, steps, poison)
    assert all(found[sequence].state is ItemState.FAILED for sequence in shift.poison)
