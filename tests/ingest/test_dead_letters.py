"""A task that ends in an error of ours shows in its job, is tried again later, and fails it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.core.errors import IndexDown, Unavailable
from services.core.ports import Ports
from services.core.queue import names
from services.core.types.jobs import ItemState, JobState
from services.ingest import accept, failing, jobs, pipeline, rebuild
from tests.ingest.world import World, document


class Broken:
    """A port whose every method raises."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Any:
        def fail(*args: Any, **more: Any) -> Any:
            raise self._error

        return fail


def due(world: World, ports: Ports) -> list[str]:
    """The tasks that the pump sends now."""
    world.queue.stop()
    pipeline.send_due(ports)
    return [task for task, _ in world.queue.waiting]


def fail_until_over(world: World, ports: Ports, task: str, job_id: str) -> list[float]:
    """Run a task whenever it is due until its job is over; return the pauses in seconds."""
    pauses = []
    while not (job := world.job(job_id)).state.finished:
        assert task in due(world, ports)
        pipeline.handlers(ports)[task](job_id=job_id)
        job = world.job(job_id)
        if job.due_at is not None:
            pauses.append((job.due_at - world.now).total_seconds())
            assert due(world, ports) == []
            world.now = job.due_at
    return pauses


def test_a_task_that_always_fails_fails_its_job_and_a_retry_brings_it_through(
    world: World,
) -> None:
    world.accept(document("other"))
    world.queue.drain()
    job = world.accept(document("a"), document("b"))
    bug = replace(world.ports, locks=Broken(ZeroDivisionError("a bug")))
    pauses = fail_until_over(world, bug, names.INGEST_PREPARE, job.id)
    assert pauses == [failing.PAUSE_S * 2**number for number in range(4)]
    failed = world.job(job.id)
    assert (failed.state, failed.failures) == (JobState.FAILED, 5)
    assert failed.error is not None
    assert failed.error.code == "internal_error"
    assert set(world.reasons(job.id).values()) == {"internal_error"}
    assert {item.crashes for item in world.items(job.id)} == {0}
    jobs.retry_failed(world.ports, job.id)
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED
    assert len(world.titles()) == 3


def test_an_outage_is_waited_for_and_not_counted(world: World) -> None:
    source = world.imports / "rows.jsonl"
    source.write_text('{"id": "a", "title": "x"}\n')
    job = accept.accept_import(world.ports, world.index, {"type": "jsonl", "path": "rows.jsonl"})
    away = replace(world.ports, media=world.ports.media, locks=Broken(Unavailable("away")))
    for _ in range(20):
        pipeline.handlers(away)[names.INGEST_EXPAND](job_id=job.id)
        waiting = world.job(job.id)
        assert (waiting.failures, waiting.state) == (0, JobState.QUEUED)
        assert waiting.due_at is not None
        world.now = waiting.due_at
    assert names.INGEST_EXPAND in due(world, world.ports)
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED


def test_a_rebuild_that_always_fails_leaves_the_old_collection_alone(world: World) -> None:
    world.ingest(document("a", "thing"))
    job = rebuild.start(world.ports, world.index)
    bug = replace(world.ports, media=world.ports.media, embedder=Broken(KeyError("a bug")))
    fail_until_over(world, bug, names.INDEX_REBUILD, job.id)
    assert world.job(job.id).state is JobState.FAILED
    with world.ports.database.read() as work:
        assert work.indexes.get(world.index).building is None
    world.sweep()
    assert world.titles() == {"a": "thing"}
    assert rebuild.start(world.ports, world.index).state is JobState.QUEUED


def test_a_rebuild_waits_for_a_store_that_is_away(world: World) -> None:
    world.ingest(document("a", "thing"))
    job = rebuild.start(world.ports, world.index)
    away = replace(world.ports, vectors=Broken(IndexDown("away")))
    for _ in range(9):
        pipeline.handlers(away)[names.INDEX_REBUILD](job_id=job.id)
    assert (world.job(job.id).failures, world.job(job.id).state) == (0, JobState.RUNNING)
    pipeline.rebuild_index(world.ports, job.id)
    assert world.job(job.id).state is JobState.SUCCEEDED


def test_a_failure_of_a_job_that_is_gone_is_nothing(world: World) -> None:
    failing.note(world.ports, f"job_{'0' * 28}", ZeroDivisionError())
    failing.note(world.ports, f"job_{'0' * 28}", Unavailable("away"))


def test_a_failure_that_cannot_be_noted_is_only_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    away = replace(world.ports, database=Broken(Unavailable("away")))
    failing.note(away, "job_1", ZeroDivisionError())
    assert "failure.not_noted" in caplog.text


def test_nothing_begins_in_a_paused_queue(world: World) -> None:
    world.accept(document("other"))
    world.queue.drain()
    job = world.accept(document("a"))
    with world.ports.database.work() as work:
        work.queues.pause(names.INGEST, now=world.now)
    assert due(world, world.ports) == []
    pipeline.prepare_items(world.ports, job.id)
    assert world.job(job.id).state is JobState.QUEUED
    with world.ports.database.work() as work:
        work.queues.resume(names.INGEST)
        work.queues.pause(names.EMBED_INDEX, now=world.now)
    assert due(world, world.ports) == [names.INGEST_PREPARE]
    world.queue.drain()
    assert world.job(job.id).counts[ItemState.PREPARED] == 1
    assert due(world, world.ports) == []
    rebuilding = rebuild.start(world.ports, world.index)
    pipeline.rebuild_index(world.ports, rebuilding.id)
    assert world.job(rebuilding.id).state is JobState.QUEUED
    with world.ports.database.work() as work:
        work.queues.resume(names.EMBED_INDEX)
    assert set(due(world, world.ports)) == {names.INGEST_EMBED, names.INDEX_REBUILD}
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED
    assert world.job(rebuilding.id).state is JobState.SUCCEEDED


def test_a_source_is_not_read_on_while_its_queue_is_paused(world: World) -> None:
    (world.imports / "rows.jsonl").write_text('{"id": "a", "title": "x"}\n')
    job = accept.accept_import(world.ports, world.index, {"type": "jsonl", "path": "rows.jsonl"})
    with world.ports.database.work() as work:
        work.queues.pause(names.INGEST, now=world.now)
    world.queue.drain()
    assert (world.job(job.id).total, world.job(job.id).expanded) == (0, False)
    with world.ports.database.work() as work:
        work.queues.resume(names.INGEST)
    pipeline.send_due(world.ports)
    world.queue.drain()
    assert world.job(job.id).state is JobState.SUCCEEDED


def test_a_job_whose_last_word_was_lost_is_settled(world: World) -> None:
    job = world.accept(document("a"))
    with world.ports.database.work() as work:
        (item,) = work.jobs.items(job.id, state=None, after=None, limit=1)
        work.jobs.mark_succeeded(item.sequence, now=world.now)
    assert due(world, world.ports) == []
    assert world.job(job.id).state is JobState.SUCCEEDED
