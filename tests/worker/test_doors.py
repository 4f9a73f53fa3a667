"""What a door does around a flow: slices, failures, stores that are away."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from celery import Celery

from services.core.errors import SettingsError, Unavailable
from services.core.ports import Ports
from services.core.ports.queue import Handler
from services.core.queue import names
from services.core.queue.celery_app import make_app
from services.core.queue.celery_queue import CeleryQueue
from services.core.queue.redis_client import connect
from services.core.settings import Settings, Stores
from services.worker import doors
from services.worker.heart import whoami
from services.worker.room import Room
from services.worker.unfinished import Unfinished
from tests.servers.processes import free_port

PREPARE = names.INGEST_PREPARE


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

    def __init__(self, flow: Handler) -> None:
        self.handlers = dict.fromkeys(names.QUEUES, flow)
        self.over = False

    @property
    def ports(self) -> Ports:
        raise AssertionError("doors only pass them on")

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


def test_what_makes_way_is_sent_again_and_what_is_done_is_not() -> None:
    left = [2]

    def flow(job_id: str) -> None:
        left[0] -= 1
        opened.over = left[0] > 0

    opened = Opened(flow)
    worker = Worker(lambda: opened)
    worker.run(PREPARE, job_id="job_1")
    assert worker.queue.sent == [(PREPARE, {"job_id": "job_1"})]
    worker.run(PREPARE, job_id="job_1")
    assert len(worker.queue.sent) == 1


def test_what_failed_ends_there_and_is_not_sent_again() -> None:
    def flow(job_id: str) -> None:
        opened.over = True
        raise ZeroDivisionError(job_id)

    opened = Opened(flow)
    worker = Worker(lambda: opened)
    worker.run(PREPARE, job_id="job_1")
    assert worker.queue.sent == []


def test_a_worker_that_cannot_open_its_stores_tries_again_with_the_next_message() -> None:
    ran: list[str] = []
    errors: list[Exception] = [Unavailable("not yet"), SettingsError("nor now")]

    def flow(job_id: str) -> None:
        ran.append(job_id)

    def open_() -> Opened:
        if errors:
            raise errors.pop()
        return Opened(flow)

    worker = Worker(open_)
    for _ in range(4):
        worker.run(PREPARE, job_id="job_1")
    assert ran == ["job_1", "job_1"]


def test_upkeep_that_fails_ends_there() -> None:
    def flow() -> None:
        raise ZeroDivisionError

    worker = Worker(lambda: Opened(flow))
    worker.run(names.SWEEP)
    worker.run(names.DUE)
    assert worker.queue.sent == []


def test_every_task_of_every_queue_has_a_door() -> None:
    assert set(doors.OPTIONS) == set(names.QUEUES)
