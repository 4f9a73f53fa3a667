"""What a door does around a flow: slices, failures in the ledger, stores that are away."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from celery import Celery

from services.core.errors import SettingsError, Unavailable
from services.core.index.milvus import MilvusIndex
from services.core.ports import Ports
from services.core.ports.queue import Handler
from services.core.queue import names
from services.core.queue.celery_app import make_app
from services.core.queue.celery_queue import CeleryQueue
from services.core.queue.redis_client import connect
from services.core.settings import Settings, Stores
from services.core.types.jobs import JobState
from services.worker import doors
from services.worker.heart import whoami
from services.worker.room import Room
from services.worker.unfinished import Unfinished
from tests.ingest.world import World, document
from tests.servers.processes import free_port

PREPARE = names.INGEST_PREPARE


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusIndex]:
    index = MilvusIndex(str(tmp_path_factory.mktemp("vectors") / "vectors.db"))
    yield index
    index.close()


@pytest.fixture
def world(tmp_path: Path, vectors: MilvusIndex) -> Iterator[World]:
    made = World(tmp_path, vectors, name=f"catalog_{secrets.token_hex(4)}")
    made.make_index()
    yield made
    made.ports.database.close()


class Noting(CeleryQueue):
    """Remembers what was sent; no broker is there, and none is missed."""

    def __init__(self, app: Celery) -> None:
        super().__init__(app)
        self.sent: list[tuple[str, dict[str, str]]] = []

    def send(self, task: str, ids: Mapping[str, str], *, delay_s: float = 0.0) -> None:
        self.sent.append((task, dict(ids)))
        super().send(task, ids, delay_s=delay_s)


class Opened:
    """A worker whose one flow the test gives."""

    embedder = None
    scorer = None

    def __init__(self, ports: Ports, flow: Handler) -> None:
        self.ports = ports
        self.handlers = dict.fromkeys(names.QUEUES, flow)
        self.over = False

    def begin_slice(self) -> None:
        self.over = False

    def yielding(self) -> bool:
        return self.over

    def stop(self) -> None:
        self.over = True

    def close(self) -> None: ...


class Worker:
    """The doors of an ingest worker without the processes around them."""

    def __init__(self, open_: Callable[[], Opened]) -> None:
        url = f"redis://127.0.0.1:{free_port()}/0"
        self.app = make_app(Settings(stores=Stores(broker_url=url)))
        self.queue = Noting(self.app)
        unfinished = Unfinished(connect(self.app), whoami("ingest"))
        hall = doors.Hall(self.app, Room(open_), self.queue, unfinished)
        hall.register(list(doors.OPTIONS))

    def run(self, task: str, **ids: str) -> None:
        self.app.tasks[task](**ids)


def test_what_makes_way_is_sent_again_and_what_is_done_is_not(world: World) -> None:
    left = [2]

    def flow(job_id: str) -> None:
        left[0] -= 1
        opened.over = left[0] > 0

    opened = Opened(world.ports, flow)
    worker = Worker(lambda: opened)
    worker.run(PREPARE, job_id="job_1")
    assert worker.queue.sent == [(PREPARE, {"job_id": "job_1"})]
    worker.run(PREPARE, job_id="job_1")
    assert len(worker.queue.sent) == 1


def test_an_error_of_ours_is_in_the_job_and_at_last_fails_it(world: World) -> None:
    def flow(**_: str) -> None:
        raise ZeroDivisionError("a secret of the document")

    worker = Worker(lambda: Opened(world.ports, flow))
    job = world.accept(document("a"))
    for count in range(1, world.ports.settings.workers.max_failures + 1):
        assert world.job(job.id).state is JobState.QUEUED, count
        worker.run(PREPARE, job_id=job.id)
    failed = world.job(job.id)
    assert failed.state is JobState.FAILED
    assert failed.error is not None
    assert failed.error.code == "internal_error"
    assert "ZeroDivisionError" in failed.error.detail
    assert "secret" not in failed.error.detail
    assert worker.queue.sent == []


def test_between_two_failures_the_job_is_left_alone_for_longer_each_time(world: World) -> None:
    def flow(**_: str) -> None:
        raise ZeroDivisionError

    worker = Worker(lambda: Opened(world.ports, flow))
    job = world.accept(document("a"))
    pauses = []
    for _ in range(3):
        worker.run(PREPARE, job_id=job.id)
        pauses.append(_seconds_until_due(world))
    assert 0 < pauses[0] < pauses[1] < pauses[2]


def test_a_store_that_is_away_puts_the_job_off_and_counts_nothing(world: World) -> None:
    def flow(**_: str) -> None:
        raise Unavailable("it does not answer")

    worker = Worker(lambda: Opened(world.ports, flow))
    job = world.accept(document("a"))
    for _ in range(world.ports.settings.workers.max_failures + 1):
        worker.run(PREPARE, job_id=job.id)
    assert world.job(job.id).state is JobState.QUEUED
    assert _seconds_until_due(world) > 0


def test_a_worker_that_cannot_open_its_stores_tries_again_with_the_next_message(
    world: World,
) -> None:
    ran: list[str] = []
    errors: list[Exception] = [Unavailable("not yet"), SettingsError("nor now")]

    def flow(job_id: str) -> None:
        ran.append(job_id)

    def open_() -> Opened:
        if errors:
            raise errors.pop()
        return Opened(world.ports, flow)

    worker = Worker(open_)
    for _ in range(4):
        worker.run(PREPARE, job_id="job_1")
    assert ran == ["job_1", "job_1"]


def test_upkeep_that_fails_ends_there(world: World) -> None:
    def flow() -> None:
        raise ZeroDivisionError

    worker = Worker(lambda: Opened(world.ports, flow))
    worker.run(names.SWEEP)
    worker.run(names.DUE)
    assert worker.queue.sent == []


def test_every_task_of_every_queue_has_a_door() -> None:
    assert set(doors.OPTIONS) == set(names.QUEUES)


def _seconds_until_due(world: World) -> float:
    """How long the only job is left alone, by moving a clock of our own."""
    now, seconds = world.now, 0.0
    while True:
        with world.ports.database.read() as work:
            later = now.timestamp() + seconds
            if work.jobs.due(now=type(now).fromtimestamp(later, tz=now.tzinfo)):
                return seconds
        seconds += 1.0
        assert seconds < 3600
