"""A batch in hand is kept while it is worked on, given back when work stops, and left to nobody."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from services.core.types.jobs import Item, ItemState, JobState
from services.ingest import claims, pipeline, rebuild
from tests.contract.hashing_embedder import HashingEmbedder
from tests.ingest.stopping import after
from tests.ingest.world import World, document
from tests.servers.processes import wait_until

LEASE_S = 0.3


def with_a_short_lease(world: World) -> None:
    """Short for the keeper, whose pauses are real; for the rest the world's clock counts."""
    limits = world.ports.settings
    ingest = limits.ingest.model_copy(update={"lease_s": LEASE_S})
    world.ports = replace(world.ports, settings=limits.model_copy(update={"ingest": ingest}))


def left_s(world: World, job_id: str) -> float:
    """How long nobody else may claim the first item."""
    with world.ports.database.read() as work:
        return work.jobs.due_in_s(job_id, ItemState.QUEUED, now=world.ports.clock()) or 0.0


def claimed(world: World, job_id: str) -> list[Item]:
    return next(claims.batches(world.ports, job_id, ItemState.QUEUED))


def keepers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "lease-keeper"]


def test_a_batch_that_takes_longer_than_its_lease_stays_in_hand(world: World) -> None:
    job = world.accept(document("a"))
    with_a_short_lease(world)
    items = claimed(world, job.id)
    with claims.in_hand(world.ports, items):
        for _ in range(3):
            world.later(seconds=0.9 * LEASE_S)
            wait_until(lambda: left_s(world, job.id) > 0.9 * LEASE_S, what="the lease is renewed")
            assert list(claims.batches(world.ports, job.id, ItemState.QUEUED)) == []
        assert keepers() == ["lease-keeper"]
    assert keepers() == []


def test_a_lease_that_nobody_renews_runs_out(world: World) -> None:
    job = world.accept(document("a"))
    with_a_short_lease(world)
    claimed(world, job.id)
    world.later(seconds=0.9 * LEASE_S)
    assert list(claims.batches(world.ports, job.id, ItemState.QUEUED)) == []
    world.later(seconds=0.2 * LEASE_S)
    (item,) = claimed(world, job.id)
    assert item.crashes == 1


@pytest.mark.parametrize("error", [claims.Interrupted, ZeroDivisionError])
def test_work_that_ends_early_gives_back_what_is_left(world: World, error: type[Exception]) -> None:
    job = world.accept(document("a"), document("b"))
    items = claimed(world, job.id)
    try:
        with claims.in_hand(world.ports, items):
            raise error
    except ZeroDivisionError:
        assert error is ZeroDivisionError
    again = claimed(world, job.id)
    assert [(item.document_id, item.crashes) for item in again] == [("a", 0), ("b", 0)]
    assert keepers() == []


@pytest.mark.parametrize("calls", range(1, 6))
def test_a_process_that_stops_leaves_nothing_claimed(world: World, calls: int) -> None:
    job = world.accept(*(document(f"d{n}", f"thing {n}") for n in range(8)))
    stopping = replace(world.ports, stopping=after(calls=calls), worker="first/")
    pipeline.prepare_items(stopping, job.id)
    pipeline.index_items(stopping, job.id)
    assert [item.claimed_by for item in world.items(job.id)] == [None] * 8
    other = replace(world.ports, worker="second/")
    pipeline.prepare_items(other, job.id)
    pipeline.index_items(other, job.id)
    assert world.job(job.id).state is JobState.SUCCEEDED
    assert {item.crashes for item in world.items(job.id)} == {0}
    assert len(world.titles()) == 8


def test_a_task_makes_way_between_batches_only(world: World) -> None:
    job = world.accept(*(document(f"d{n}") for n in range(12)))  # three batches
    pipeline.prepare_items(replace(world.ports, yielding=after(calls=2)), job.id)
    counts = world.job(job.id).counts
    assert (counts[ItemState.QUEUED], counts[ItemState.PREPARED]) == (4, 8)
    assert [item.claimed_by for item in world.items(job.id)] == [None] * 12


def test_a_rebuild_makes_way_between_pages(world: World) -> None:
    world.ingest(*(document(f"d{n}", f"thing {n}") for n in range(12)))
    job = rebuild.start(world.ports, world.index)
    pipeline.rebuild_index(replace(world.ports, yielding=after(calls=2)), job.id)
    assert world.job(job.id).counts[ItemState.SUCCEEDED] == 8
    pipeline.rebuild_index(world.ports, job.id)
    assert world.job(job.id).state is JobState.SUCCEEDED


def test_what_was_taken_over_is_not_written_by_the_late(world: World) -> None:
    """A worker that was frozen beyond its lease finds its batch gone, and leaves it alone."""
    job = world.accept(document("a", "thing"))
    pipeline.prepare_items(world.ports, job.id)
    frozen = _Frozen()
    late = replace(world.ports, embedder=frozen, worker="late/")
    thread = threading.Thread(target=pipeline.index_items, args=(late, job.id))
    thread.start()
    frozen.reached.wait(10)
    world.later(seconds=61)
    (mine,) = next(claims.batches(world.ports, job.id, ItemState.PREPARED))
    frozen.thaw.set()
    thread.join(10)
    (item,) = world.items(job.id)
    assert (item.state, item.claimed_by) == (ItemState.PREPARED, mine.claimed_by)
    with world.ports.database.work() as work:
        work.jobs.release(worker=mine.claimed_by or "")
    pipeline.index_items(world.ports, job.id)
    assert world.titles() == {"a": "thing"}


class _Frozen(HashingEmbedder):
    """Stands still in the middle of a batch until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        object.__setattr__(self, "reached", threading.Event())
        object.__setattr__(self, "thaw", threading.Event())

    def embed(self, *args, **more):  # type: ignore[no-untyped-def]
        self.reached.set()
        assert self.thaw.wait(10)
        return HashingEmbedder.embed(self, *args, **more)


@pytest.mark.parametrize("name", ["expand", "rebuild"])
def test_a_second_worker_on_one_source_returns_at_once(world: World, name: str) -> None:
    step = {"expand": pipeline.expand_import, "rebuild": pipeline.rebuild_index}[name]
    job = world.accept(document("a"))
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with world.ports.locks.writing(f"{name}:{job.id}"):
            held.set()
            done.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    step(world.ports, job.id)
    assert world.job(job.id).state is JobState.QUEUED  # not even begun
    done.set()
    holder.join()
