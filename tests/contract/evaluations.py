"""What every ledger of evaluations must do."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from services.core.errors import Conflict, NotFound
from services.core.ports.work import Database, UnitOfWork
from services.core.types.configurations import Configuration
from services.core.types.evaluations import (
    Evaluation,
    EvaluationError,
    EvaluationRequest,
    EvaluationState,
)
from tests.contract.configurations import WHOLE
from tests.contract.database import NOW, SECOND

REQUEST = EvaluationRequest(
    "spring", "products", (Configuration("default"), WHOLE), recall=True, price_per_hour=1.5
)
ERROR = EvaluationError("internal_error", "a sentence")
LEASE_S = 60.0
LATER = NOW + timedelta(seconds=LEASE_S)
_numbers = count(1)


def added(work: UnitOfWork) -> str:
    name = f"eval_{next(_numbers):04}"
    work.evaluations.add(name, REQUEST, total=10, now=NOW)
    return name


def claimed(work: UnitOfWork, name: str, worker: str, **changes: object) -> Evaluation | None:
    given = {"now": NOW, "lease_s": LEASE_S, "limit": 3} | changes
    return work.evaluations.claim(name, worker=worker, **given)  # type: ignore[arg-type]


class EvaluationStoreContract:
    """Provide `database`."""

    def test_what_was_asked_for_comes_back(self, database: Database) -> None:
        with database.work() as work:
            name = added(work)
            found = work.evaluations.get(name)
            assert found == Evaluation(name, EvaluationState.QUEUED, REQUEST, 0, 10, NOW)
            assert work.evaluations.report(name) is None

    def test_one_worker_has_it_at_a_time(self, database: Database) -> None:
        with database.work() as work:
            name = added(work)
            assert work.evaluations.due(now=NOW) == [name]
            mine = claimed(work, name, "a/1")
            assert mine is not None
            assert (mine.state, mine.started_at) == (EvaluationState.RUNNING, NOW)
            assert claimed(work, name, "b/1") is None
            assert work.evaluations.due(now=LATER - SECOND) == []
            assert work.evaluations.hold(name, worker="a/1", until=LATER + SECOND)
            assert not work.evaluations.hold(name, worker="b/1", until=LATER)
            assert work.evaluations.due(now=LATER) == []
            assert work.evaluations.due(now=LATER + SECOND) == [name]

    def test_parts_outlive_the_worker_that_measured_them(self, database: Database) -> None:
        with database.work() as work:
            name = added(work)
            claimed(work, name, "a/1")
            assert work.evaluations.put_part(name, "x:0", {"q": 1}, worker="a/1", done=4)
            assert work.evaluations.put_part(name, "x:0", {"q": 2}, worker="a/1", done=5)
        with database.work() as work:
            other = claimed(work, name, "b/1", now=LATER)
            assert other is not None
            assert other.done == 5
            assert work.evaluations.parts(name) == {"x:0": {"q": 2}}
            assert work.evaluations.part_names(name) == {"x:0"}
            assert not work.evaluations.put_part(name, "x:1", {}, worker="a/1", done=9)
            assert work.evaluations.parts(name) == {"x:0": {"q": 2}}

    def test_a_worker_that_dies_again_and_again_fails_it(self, database: Database) -> None:
        with database.work() as work:
            name = added(work)
            now = NOW
            for turn in range(3):
                assert claimed(work, name, f"a/{turn}", now=now) is not None
                now += timedelta(seconds=LEASE_S)
            assert claimed(work, name, "a/3", now=now) is None
            failed = work.evaluations.get(name)
            assert (failed.state, failed.finished_at) == (EvaluationState.FAILED, now)
            assert failed.error is not None
            assert failed.error.code == "worker_crashed"

    def test_getting_on_forgets_failures(self, database: Database) -> None:
        with database.work() as work:
            name = added(work)
            now = NOW
            for turn in range(6):
                assert claimed(work, name, f"a/{turn}", now=now) is not None
                work.evaluations.put_part(name, f"x:{turn}", [], worker=f"a/{turn}", done=turn)
                now += timedelta(seconds=LEASE_S)

    def test_errors_put_it_off_and_too_many_fail_it(self, database: Database) -> None:
        with database.work() as work:
            name = added(work)
            for turn in range(3):
                now = NOW + turn * SECOND
                claimed(work, name, "a/1", now=now)
                over = work.evaluations.note_failure(
                    name, ERROR, worker="a/1", now=now, until=now + SECOND, limit=3
                )
                assert over == (turn == 2)
            assert work.evaluations.get(name).error == ERROR

    def test_what_is_given_back_is_taken_at_its_time(self, database: Database) -> None:
        with database.work() as work:
            name = added(work)
            claimed(work, name, "a/1")
            work.evaluations.release(name, worker="b/1", until=NOW)
            assert claimed(work, name, "b/1") is None
            work.evaluations.release(name, worker="a/1", until=NOW + SECOND)
            assert claimed(work, name, "b/1") is None
            assert claimed(work, name, "b/1", now=NOW + SECOND) is not None

    def test_the_dead_are_buried_at_once(self, database: Database) -> None:
        with database.work() as work:
            mine, others = added(work), added(work)
            claimed(work, mine, "local/1")
            claimed(work, others, "celery/1")
            assert work.evaluations.bury(worker_prefix="local/", now=NOW, limit=3) == 1
            assert work.evaluations.due(now=NOW) == [mine]

    def test_success_keeps_the_report_and_drops_the_parts(self, database: Database) -> None:
        with database.work() as work:
            name = added(work)
            claimed(work, name, "a/1")
            work.evaluations.put_part(name, "x:0", {}, worker="a/1", done=4)
            assert not work.evaluations.succeed(name, {}, worker="b/1", now=NOW)
            assert work.evaluations.succeed(name, {"ndcg": 0.5}, worker="a/1", now=LATER)
            ended = work.evaluations.get(name)
            assert (ended.state, ended.done, ended.finished_at) == ("succeeded", 10, LATER)
            assert work.evaluations.report(name) == {"ndcg": 0.5}
            assert work.evaluations.parts(name) == {}
            with pytest.raises(Conflict, match="succeeded"):
                work.evaluations.cancel(name, now=NOW)

    def test_a_cancelled_one_is_nobodys(self, database: Database) -> None:
        with database.work() as work:
            name = added(work)
            claimed(work, name, "a/1")
            with pytest.raises(Conflict, match="cancel"):
                work.evaluations.remove(name)
            work.evaluations.cancel(name, now=NOW)
            assert not work.evaluations.hold(name, worker="a/1", until=LATER)
            assert not work.evaluations.put_part(name, "x", {}, worker="a/1", done=1)
            work.evaluations.fail(name, ERROR, worker="a/1", now=NOW)
            assert work.evaluations.get(name).state is EvaluationState.CANCELLED
            work.evaluations.remove(name)
            with pytest.raises(NotFound, match=name):
                work.evaluations.get(name)

    def test_they_are_listed_newest_first(self, database: Database) -> None:
        with database.work() as work:
            first, second = added(work), added(work)
            claimed(work, second, "a/1")
            every = work.evaluations.page(states=(), before=None, limit=9)
            assert [each.id for each in every] == [second, first]
            page = work.evaluations.page(states=(), before=second, limit=9)
            assert [each.id for each in page] == [first]
            running = (EvaluationState.RUNNING,)
            page = work.evaluations.page(states=running, before=None, limit=9)
            assert [each.id for each in page] == [second]
            assert work.evaluations.ids() == {first, second}
