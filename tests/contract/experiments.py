"""What every store of experiments must do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from services.core.errors import Conflict, NotFound
from services.core.ports.work import Database
from services.core.types.experiments import (
    Analysis,
    Experiment,
    ExperimentKind,
    ExperimentState,
    Goal,
    StoredReport,
    Variant,
)
from tests.contract.database import NOW

_numbers = count(1)


def experiment(shop: str, *, minutes: int = 0) -> Experiment:
    return Experiment(
        name=f"e{next(_numbers)}",
        index=shop,
        kind=ExperimentKind.AB,
        state=ExperimentState.DRAFT,
        layer="ranking",
        bucket_from=0,
        bucket_to=2500,
        variants=(Variant("control", None, 0.4), Variant("words", "words-first", 0.6)),
        goal=Goal.PURCHASE,
        analysis=Analysis.ALWAYS_VALID,
        alpha=0.01,
        power=0.9,
        min_lift=0.03,
        sample_size=1200,
        query_set="judged",
        max_latency_ratio=1.5,
        description="do words help?",
        created_at=NOW + timedelta(minutes=minutes),
    )


def started(drafted: Experiment, *, minutes: int) -> Experiment:
    at = NOW + timedelta(minutes=minutes)
    return replace(drafted, state=ExperimentState.RUNNING, started_at=at)


class ExperimentStoreContract:
    def test_one_comes_back_as_it_was_added(self, database: Database, shop: str) -> None:
        added = experiment(shop)
        with database.work() as work:
            work.experiments.add(added)
        with database.read() as work:
            assert work.experiments.get(added.name) == added
            assert work.experiments.report(added.name) is None

    def test_a_name_is_taken_once_and_an_index_must_be_there(
        self, database: Database, shop: str
    ) -> None:
        added = experiment(shop)
        with database.work() as work:
            work.experiments.add(added)
        with pytest.raises(Conflict, match=added.name), database.work() as work:
            work.experiments.add(replace(added, layer="another"))
        with pytest.raises(NotFound, match="absent"), database.work() as work:
            work.experiments.add(experiment("absent"))

    def test_they_are_listed_newest_first(self, database: Database, shop: str) -> None:
        made = [experiment(shop, minutes=minutes) for minutes in (2, 0, 1)]
        with database.work() as work:
            for each in made:
                work.experiments.add(each)
        with database.read() as work:
            assert work.experiments.all(index=shop) == [made[0], made[2], made[1]]
            assert work.experiments.all(index="another") == []
            assert set(work.experiments.all()) >= set(made)

    def test_those_that_run_come_as_they_were_started(self, database: Database, shop: str) -> None:
        late, early, draft = (experiment(shop) for _ in range(3))
        stopped = replace(
            started(experiment(shop), minutes=0), state=ExperimentState.STOPPED, stopped_at=NOW
        )
        with database.work() as work:
            for each in (late, early, draft, stopped):
                work.experiments.add(each)
            late, early = started(late, minutes=2), started(early, minutes=1)
            work.experiments.save(late)
            work.experiments.save(early)
        with database.read() as work:
            running = [each for each in work.experiments.running() if each.index == shop]
            assert running == [early, late]

    def test_the_last_report_is_kept_whatever_else_changes(
        self, database: Database, shop: str
    ) -> None:
        added = experiment(shop)
        with database.work() as work:
            work.experiments.add(added)
            work.experiments.put_report(added.name, {"verdict": "early"}, now=NOW)
            later = NOW + timedelta(hours=1)
            work.experiments.put_report(added.name, {"verdict": "late", "lift": None}, now=later)
            work.experiments.save(started(added, minutes=5))
        with database.read() as work:
            last = StoredReport({"verdict": "late", "lift": None}, later)
            assert work.experiments.report(added.name) == last

    def test_those_without_a_fresh_report_are_told(self, database: Database, shop: str) -> None:
        draft, fresh, old, new, ended, done = (experiment(shop) for _ in range(6))
        stop = {"state": ExperimentState.STOPPED, "stopped_at": NOW + timedelta(minutes=30)}
        fresh, old, new = (started(each, minutes=0) for each in (fresh, old, new))
        ended, done = (replace(started(each, minutes=0), **stop) for each in (ended, done))
        with database.work() as work:
            for each in (draft, fresh, old, new, ended, done):
                work.experiments.add(each)
            for each, minutes in ((fresh, 50), (old, 10), (ended, 31), (done, 32)):
                at = NOW + timedelta(minutes=minutes)
                work.experiments.put_report(each.name, {}, now=at)
        with database.read() as work:
            settling = {"every": timedelta(minutes=21), "settling": timedelta(minutes=2)}
            at_once = work.experiments.unreported(now=NOW + timedelta(minutes=31), **settling)
            found = work.experiments.unreported(now=NOW + timedelta(minutes=61), **settling)
        mine = {each.name for each in (draft, fresh, old, new, ended, done)}
        assert mine & set(found) == {old.name, new.name, ended.name}
        assert not {ended.name, done.name} & set(at_once)

    def test_a_removed_one_is_not_found(self, database: Database, shop: str) -> None:
        added = experiment(shop)
        with database.work() as work:
            work.experiments.add(added)
            work.experiments.remove(added.name)
            for asked in (work.experiments.get, work.experiments.report, work.experiments.remove):
                with pytest.raises(NotFound, match=added.name):
                    asked(added.name)
            with pytest.raises(NotFound, match=added.name):
                work.experiments.save(added)

    def test_it_goes_with_its_index(self, database: Database, shop: str) -> None:
        with database.work() as work:
            work.experiments.add(experiment(shop))
            work.indexes.remove(shop)
        with database.read() as work:
            assert work.experiments.all(index=shop) == []
