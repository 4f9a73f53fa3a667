"""The Celery queue, with a worker in this process, does what every queue must."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping

import pytest
from celery import Celery
from celery.worker import state

from services.core.ports.queue import Handler
from services.core.queue import names
from services.core.queue.celery_queue import CeleryQueue
from services.worker.process import Process, ask_to_end, consume, make_process
from services.worker.roles import INGEST, Role
from services.worker.task import Options, task
from tests.contract.queue import OTHER, PATIENCE_S, TASK, QueueContract

pytestmark = pytest.mark.stack

THREADS = Role("threads", "threads", INGEST.queues, lambda _: 3)


class Working(CeleryQueue):
    """The queue with a worker of threads in this process, so that the contract can look on."""

    def __init__(self, app: Celery) -> None:
        super().__init__(app)
        self._app_of_worker = app
        self._process: Process | None = None
        self._thread = threading.Thread(target=self._consume, daemon=True)
        self._ready = threading.Event()

    def start(self, handlers: Mapping[str, Handler]) -> None:
        for name, handler in handlers.items():
            self._register(name, handler)
        self._thread.start()
        assert self._ready.wait(PATIENCE_S)

    def stop(self) -> None:
        super().stop()
        if self._thread.ident is not None:
            ask_to_end()
            self._thread.join()
            state.should_stop = None

    def _register(self, name: str, handler: Handler) -> None:
        def run(payload: dict[str, str]) -> None:
            self.began(name, payload)
            handler(**payload)

        task(self._app_of_worker, name, Options(ids=None))(run)

    def _publish(self, task: str, ids: Mapping[str, str]) -> None:
        self._app.send_task(task, kwargs={"payload": dict(ids)}, ignore_result=True)

    def _consume(self) -> None:
        consume(make_process(self._app_of_worker, THREADS, hands=3, on_ready=self._ready.set))


@pytest.mark.filterwarnings("ignore:You're running the worker with superuser privileges")
class TestCeleryQueueContract(QueueContract):
    @pytest.fixture
    def queue(self, app: Celery, monkeypatch: pytest.MonkeyPatch) -> Iterator[Working]:
        for name in (TASK, OTHER):
            monkeypatch.setitem(names.QUEUES, name, names.INGEST)
            app.conf.task_routes[name] = {"queue": names.INGEST}
        queue = Working(app)
        yield queue
        queue.stop()
        queue.close()

    # Nothing is sent ahead of its time: `test_celery_queue` holds that instead.
    test_a_delayed_task_runs_after_one_that_is_due = None  # type: ignore[assignment]
