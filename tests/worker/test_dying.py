"""A task that kills its worker each time ends as a failed job instead of going on for ever."""

from __future__ import annotations

import pytest

from services.core.queue import names
from services.core.settings import Settings
from services.core.types.jobs import Job, JobKind, JobState
from tests.contract.database import index
from tests.worker.conftest import World
from tests.worker.tiny_worker import ledger, now, settings_of

pytestmark = [pytest.mark.stack, pytest.mark.thorough]


@pytest.fixture
def settings(world: World) -> Settings:
    return settings_of(world.url, world.folder)


def _add(settings: Settings, job_id: str, kind: JobKind) -> None:
    database = ledger(settings)
    with database.work() as work:
        work.indexes.add(index("shop"))
        work.jobs.add(job_id, index="shop", kind=kind, source=None, expanded=False, now=now())
    database.close()


def _job(settings: Settings, job_id: str) -> Job:
    database = ledger(settings)
    with database.read() as work:
        job = work.jobs.get(job_id)
    database.close()
    return job


def test_a_source_that_kills_its_reader_fails_its_import(world: World, settings: Settings) -> None:
    _add(settings, "crash-1", JobKind.IMPORT)
    world.start("ingest")
    for count in range(settings.workers.max_failures):
        world.queue.send(names.INGEST_EXPAND, {"job_id": "crash-1"})  # as the pump does
        world.wait(lambda: _job(settings, "crash-1").failures == count + 1)  # noqa: B023
    assert _job(settings, "crash-1").state is JobState.FAILED
    assert len(world.notes("begun")) == settings.workers.max_failures
    world.queue.send(names.INGEST_PREPARE, {"job_id": "job_1"})
    world.wait_for(f"ended {names.INGEST_PREPARE} job_1")


def test_a_rebuild_that_kills_the_embedder_fails(world: World, settings: Settings) -> None:
    _add(settings, "crash-1", JobKind.REBUILD)
    for count in range(settings.workers.max_failures):
        worker = world.start("embedder")
        world.queue.send(names.INDEX_REBUILD, {"job_id": "crash-1"})
        worker.wait()
        world.wait(lambda: world.alive("embedder") == [])
        survivor = world.start("embedder")
        world.queue.send(names.INDEX_REBUILD, {"job_id": "crash-1"})
        world.wait(lambda: _job(settings, "crash-1").failures == count + 1)  # noqa: B023
        assert world.end(survivor) == 0
    job = _job(settings, "crash-1")
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert "WorkerDied" in job.error.detail


def test_a_task_that_another_worker_still_runs_is_no_failure(
    world: World, settings: Settings
) -> None:
    _add(settings, "wait-1", JobKind.IMPORT)
    world.start("ingest")
    world.queue.send(names.INGEST_EXPAND, {"job_id": "wait-1"})
    world.wait_for(f"begun {names.INGEST_EXPAND} wait-1")
    world.queue.send(names.INGEST_EXPAND, {"job_id": "wait-1"})  # the pump, once it has begun
    world.wait(lambda: len(world.notes("begun")) == 2)
    world.let_go_on()
    world.wait(lambda: len(world.notes("ended")) == 2)
    assert _job(settings, "wait-1").failures == 0
    world.wait(lambda: world.redis.keys("margay:running:*") == [])
