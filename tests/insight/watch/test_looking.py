"""What was gathered first becomes what later searches and documents are held against."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from services.core.errors import Conflict, IndexDown, NotFound
from services.core.settings import Watch
from services.core.types.indexes import Collection
from services.core.types.populations import DriftReport, Of, Population, Searched, Signal
from services.core.types.vectors import Matrix, Vector
from services.insight.watch import compare, looking, recording
from services.insight.watch.gathering import Gathering
from tests.contract.memory_index import MemoryIndex
from tests.ingest.world import World, document
from tests.insight.watch.populations import vectors

DAYS = 7
KINDS = ("apple", "pear", "plum")


class Down(MemoryIndex):
    def vectors(self, collection: Collection, view_ids: Sequence[str]) -> dict[str, Vector]:
        raise IndexDown("it does not answer")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, MemoryIndex(), name=f"catalog_{secrets.token_hex(4)}", batch=256)
    made.make_index()
    yield made
    made.ports.database.close()


def set_to(world: World, **watch: object) -> None:
    settings = world.ports.settings.model_copy(update={"watch": Watch(**watch)})
    world.ports = replace(world.ports, settings=settings)


def search(
    world: World,
    number: int = 300,
    *,
    rows: Matrix | None = None,
    score: float = 0.4,
    empty: float = 0.0,
    kind: str = "text",
) -> None:
    """So many searches, as a gateway notes them, at the time that it is."""
    rng = np.random.default_rng(int(world.now.timestamp()))
    rows = vectors(rng, number) if rows is None else rows
    with world.ports.database.read() as work:
        space = work.indexes.get(world.index).space
    noted = Gathering(world.ports.clock)
    for row, top in zip(rows, rng.normal(score, 0.1, number), strict=True):
        missed = bool(rng.random() < empty)
        top_score = None if missed else float(top)
        noted.searched(Searched(world.index, space, kind, row, top_score, missed))
    recording.store(world.ports.database, noted)


def stock(world: World, number: int, *, word: str = "mug") -> None:
    world.ingest(*(document(f"{word}{place}", title=f"{word} {place}") for place in range(number)))


def looked(world: World) -> DriftReport | None:
    looking.run(world.ports)
    with world.ports.database.read() as work:
        return next(iter(work.populations.drifts()), None)


def with_baseline(world: World) -> None:
    """A week of searches, after which they are what is usual; then a quiet day."""
    search(world)
    world.later(days=DAYS, minutes=1)
    looked(world)
    world.later(days=1)


def drifted(report: DriftReport | None) -> set[tuple[Of, Signal]]:
    assert report is not None
    return {(each.of, each.signal) for each in report.findings if each.drifted}


def of_kind(world: World, kind: str) -> list[Population]:
    with world.ports.database.read() as work:
        return [each for each in work.populations.baselines(world.index) if each.kind == kind]


def test_what_is_gathered_for_a_week_becomes_the_baseline(world: World) -> None:
    search(world)
    world.later(days=DAYS, seconds=-1)
    report = looked(world)
    assert report is not None
    assert report.baseline_at is None
    world.later(seconds=400)
    search(world, 50)
    report = looked(world)
    assert report is not None
    assert report.baseline_at == world.now
    assert report.findings == ()
    (baseline,) = of_kind(world, "text")
    assert baseline.searches == 350


def test_the_same_searches_are_no_drift(world: World) -> None:
    with_baseline(world)
    search(world)
    report = looked(world)
    assert report is not None
    assert {each.signal for each in report.findings} == set(Signal)
    assert drifted(report) == set()


def test_queries_of_another_catalog_are_found(world: World) -> None:
    with_baseline(world)
    search(world, rows=vectors(np.random.default_rng(1), 300, topic=1))
    assert drifted(looked(world)) == {(Of.QUERIES, Signal.VECTORS)}


def test_lower_scores_are_found(world: World) -> None:
    with_baseline(world)
    search(world, score=0.3)
    assert drifted(looked(world)) == {(Of.QUERIES, Signal.SCORES)}


def test_half_of_the_searches_without_a_hit_are_found(world: World) -> None:
    with_baseline(world)
    search(world, 500, empty=0.5)
    report = looked(world)
    assert report is not None
    assert drifted(report) == {(Of.QUERIES, Signal.EMPTY)}
    assert report.empty["text"] == pytest.approx(0.5, abs=0.07)


def test_a_kind_of_search_is_only_held_against_its_own(world: World) -> None:
    with_baseline(world)
    search(world, rows=vectors(np.random.default_rng(1), 300, topic=1), kind="image")
    assert drifted(looked(world)) == set()
    assert of_kind(world, "image") == []


def test_only_the_last_day_counts_as_now(world: World) -> None:
    with_baseline(world)
    search(world, rows=vectors(np.random.default_rng(1), 300, topic=1))
    world.later(days=1, hours=2)
    search(world)
    assert drifted(looked(world)) == set()


def test_other_documents_are_found(world: World) -> None:
    stock(world, compare.FEWEST)
    looked(world)
    world.later(days=DAYS, minutes=1)
    assert drifted(looked(world)) == set()
    assert of_kind(world, "text")
    world.later(hours=2)
    assert drifted(looked(world)) == set()
    stock(world, 2 * compare.FEWEST, word="wool")
    world.later(hours=2)
    assert drifted(looked(world)) == {(Of.DOCUMENTS, Signal.VECTORS)}


def test_few_documents_are_not_judged(world: World) -> None:
    stock(world, 3)
    looked(world)
    world.later(days=DAYS, minutes=1)
    looked(world)
    assert of_kind(world, "text") == []


def test_what_is_accepted_is_no_drift_any_more(world: World) -> None:
    with_baseline(world)
    other = vectors(np.random.default_rng(1), 300, topic=1)
    search(world, rows=other)
    assert drifted(looked(world))
    (accepted,) = looking.accept(world.ports, world.index)
    assert accepted.searches == 300
    assert looked(world) == DriftReport(world.index, world.now, world.now, (), {"text": 0.0})
    world.later(hours=2)
    search(world, rows=vectors(np.random.default_rng(2), 300, topic=1))
    report = looked(world)
    assert report is not None
    assert report.findings
    assert drifted(report) == set()


def test_nothing_cannot_be_accepted(world: World) -> None:
    with pytest.raises(Conflict, match="nothing was gathered"):
        looking.accept(world.ports, world.index)
    with pytest.raises(NotFound):
        looking.accept(world.ports, "none")


def test_another_embedder_begins_anew(world: World) -> None:
    with_baseline(world)
    with world.ports.database.work() as work:
        work.indexes.save(replace(work.indexes.get(world.index), fingerprint="other"))
    search(world, rows=vectors(np.random.default_rng(1), 300, topic=1))
    report = looked(world)
    assert report is not None
    assert (report.baseline_at, report.findings) == (None, ())


def test_it_is_looked_no_more_often_than_wanted(world: World) -> None:
    first = looked(world)
    world.later(seconds=299)
    assert looked(world) == first
    world.later(seconds=1)
    report = looked(world)
    assert report is not None
    assert report.at == world.now


def test_0_seconds_turn_it_off(world: World) -> None:
    set_to(world, every_s=0)
    assert looked(world) is None


def test_what_nobody_will_look_at_again_is_forgotten(world: World) -> None:
    with_baseline(world)
    looked(world)
    with world.ports.database.read() as work:
        assert work.populations.gathered(world.index, since=world.now - timedelta(days=30)) == []
        assert [each.searches for each in work.populations.baselines(world.index)] == [300]


def test_a_store_that_is_down_is_left_alone(tmp_path: Path) -> None:
    world = World(tmp_path, Down(), name="catalog")
    world.make_index()
    stock(world, 3)
    assert looked(world) is None
    world.ports.database.close()


def test_another_process_at_the_same_index_is_not_doubled(world: World) -> None:
    # Locks are re-entrant in a thread, so another one must come too late.
    with world.ports.locks.writing(f"watch:{world.index}"), ThreadPoolExecutor(1) as other:
        assert other.submit(looked, world).result() is None
