"""What every task queue must do."""

from __future__ import annotations

import threading

from services.core.ports.queue import Handler, Queue

TASK, OTHER = "contract.task", "contract.other"
PATIENCE_S = 30.0
"""Only how long a broken queue takes to fail; nothing is measured by it."""


class Inbox:
    """Handlers that note what they were called with; a test waits for so many calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str]]] = []
        self._changed = threading.Condition()

    def handler(self, task: str, *, also: Handler | None = None) -> Handler:
        def handle(**ids: str) -> None:
            with self._changed:
                self.calls.append((task, ids))
                self._changed.notify_all()
            if also is not None:
                also(**ids)

        return handle

    def wait_for(self, number: int) -> list[tuple[str, dict[str, str]]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.calls) >= number, PATIENCE_S)
            return list(self.calls)


class QueueContract:
    """Provide `queue`: not started, running TASK and OTHER. Fixtures stop it."""

    def both(self, inbox: Inbox, *, also: Handler | None = None) -> dict[str, Handler]:
        return {TASK: inbox.handler(TASK, also=also), OTHER: inbox.handler(OTHER)}

    def test_what_was_sent_before_the_start_runs_after_it(self, queue: Queue) -> None:
        inbox = Inbox()
        queue.send(TASK, {"job_id": "job_1", "index": "shop"})
        queue.start(self.both(inbox))
        assert inbox.wait_for(1) == [(TASK, {"job_id": "job_1", "index": "shop"})]

    def test_every_different_message_runs(self, queue: Queue) -> None:
        inbox = Inbox()
        queue.start(self.both(inbox))
        for number in range(20):
            queue.send(TASK, {"job_id": f"job_{number}"})
        queue.send(OTHER, {"job_id": "job_0"})
        calls = inbox.wait_for(21)
        assert {ids["job_id"] for task, ids in calls if task == TASK} == {
            f"job_{number}" for number in range(20)
        }
        assert (OTHER, {"job_id": "job_0"}) in calls

    def test_a_handler_that_raises_does_not_stop_the_next(self, queue: Queue) -> None:
        def fail(job_id: str) -> None:
            if job_id == "bad":
                raise ZeroDivisionError

        inbox = Inbox()
        queue.start(self.both(inbox, also=fail))
        queue.send(TASK, {"job_id": "bad"})
        queue.send(TASK, {"job_id": "good"})
        assert (TASK, {"job_id": "good"}) in inbox.wait_for(2)

    def test_a_delayed_task_runs_after_one_that_is_due(self, queue: Queue) -> None:
        inbox = Inbox()
        queue.send(TASK, {"job_id": "later"}, delay_s=0.3)
        queue.send(TASK, {"job_id": "now"})
        queue.start(self.both(inbox))
        assert [ids["job_id"] for _, ids in inbox.wait_for(2)] == ["now", "later"]

    def test_stopping_lets_a_running_task_finish(self, queue: Queue) -> None:
        begun, go_on, finished = threading.Event(), threading.Event(), threading.Event()

        def slow(**_: str) -> None:
            begun.set()
            go_on.wait(PATIENCE_S)
            finished.set()

        queue.start({TASK: slow, OTHER: slow})
        queue.send(TASK, {"job_id": "job_1"})
        assert begun.wait(PATIENCE_S)
        threading.Timer(0.05, go_on.set).start()
        queue.stop()
        assert finished.is_set()

    def test_a_running_task_can_see_that_it_is_waited_for(self, queue: Queue) -> None:
        begun, seen = threading.Event(), threading.Event()

        def long(**_: str) -> None:
            begun.set()
            while not queue.stopping():
                begun.wait(0)
            seen.set()

        queue.start({TASK: long, OTHER: long})
        queue.send(TASK, {"job_id": "job_1"})
        assert begun.wait(PATIENCE_S)
        assert not queue.stopping()
        queue.stop()
        assert seen.is_set()
