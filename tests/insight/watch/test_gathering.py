"""What is noted is counted, survives a database that is away, and waits for nobody."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from services.core.db.database import SqlDatabase
from services.core.errors import Unavailable
from services.core.ports import UnitOfWork
from services.core.types.populations import Of, Searched
from services.insight.watch import gathering, recording, sketch
from services.insight.watch.gathering import Gathering
from services.wiring.archive import NoQueue
from tests.contract.database import index
from tests.insight.watch.populations import NOW, vectors

ROWS = vectors(np.random.default_rng(0), 200)
SEEN = Searched("shop", "fp/64", "text", ROWS[0], 0.4, False)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlDatabase]:
    made = SqlDatabase.open(f"sqlite:///{tmp_path}/watch.sqlite3", queue=NoQueue())
    with made.work() as work:
        work.indexes.add(index("shop"))
    yield made
    made.close()


def noted(number: int, **changes: object) -> Gathering:
    made = Gathering(lambda: NOW + timedelta(minutes=20))
    for row in ROWS[:number]:
        made.searched(replace(SEEN, vector=row, **changes))
    return made


def test_all_that_was_noted_is_counted_once() -> None:
    made = noted(150)
    made.searched(replace(SEEN, top_score=None, empty=True))
    (one,) = made.take()
    assert (one.searches, one.empty, one.scored, one.embedded) == (151, 1, 150, 151)
    assert (one.of, one.kind, one.space) == (Of.QUERIES, "text", "fp/64")
    assert (one.vectors == sketch.of_vectors(np.stack([*ROWS[:150], ROWS[0]]))).all()
    assert made.take() == []


def test_a_period_begins_with_the_hour() -> None:
    (one,) = noted(1).take()
    assert (one.since, one.until) == (NOW, NOW + timedelta(minutes=20))
    assert gathering.began(NOW - timedelta(microseconds=1)) == NOW - timedelta(hours=1)


def test_kinds_indexes_and_spaces_are_kept_apart() -> None:
    made = noted(1)
    for change in ({"kind": "image"}, {"index": "other"}, {"space": "fp/32"}, {}):
        made.searched(replace(SEEN, **change))
    assert sorted(each.searches for each in made.take()) == [1, 1, 1, 2]


def test_no_vector_is_kept_longer_than_it_takes_to_count_it() -> None:
    made = noted(gathering.TOGETHER)
    assert [tally.waiting for tally in made._tallies.values()] == [[]]


def test_several_threads_lose_nothing() -> None:
    made = noted(0)
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(lambda _: [made.searched(SEEN) for _ in range(500)], range(8)):
            pass
    assert sum(each.searches for each in made.take()) == 4_000


def test_what_is_stored_adds_up_over_processes(database: SqlDatabase) -> None:
    for _ in range(3):
        recording.store(database, noted(50))
    with database.read() as work:
        (one,) = work.populations.gathered("shop", since=NOW)
    assert one.searches == 150


def test_what_cannot_be_stored_now_is_stored_later(database: SqlDatabase) -> None:
    class Away(SqlDatabase):
        @contextmanager
        def work(self) -> Iterator[UnitOfWork]:
            raise Unavailable("away")
            yield

    made = noted(50)
    made.searched(replace(SEEN, kind="image"))
    recording.store(Away(database._engines, queue=NoQueue(), secret=b""), made)
    made.searched(SEEN)
    recording.store(database, made)
    with database.read() as work:
        found = work.populations.gathered("shop", since=NOW)
    assert {each.kind: each.searches for each in found} == {"text": 51, "image": 1}


def test_searches_of_an_index_that_is_gone_are_forgotten(database: SqlDatabase) -> None:
    made = noted(1, index="gone")
    made.searched(SEEN)
    recording.store(database, made)
    assert made.take() == []
    with database.read() as work:
        assert len(work.populations.gathered("shop", since=NOW)) == 1


def test_a_recorder_stores_what_is_left_when_it_is_stopped(database: SqlDatabase) -> None:
    made = noted(5)
    recorder = recording.Recorder(database, made)
    recorder.start()
    recorder.stop()
    with database.read() as work:
        (one,) = work.populations.gathered("shop", since=NOW)
    assert one.searches == 5
