"""The local queue and locks do what every one must, and what only they promise."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator

import pytest

from services.core.queue.local import LocalLocks, LocalQueue
from tests.contract.locks import IndexLocksContract
from tests.contract.queue import OTHER, PATIENCE_S, TASK, Inbox, QueueContract


@pytest.fixture
def queue() -> Iterator[LocalQueue]:
    queue = LocalQueue({TASK: "one", OTHER: "two"}, threads={"one": 1, "two": 2})
    yield queue
    queue.stop()


@pytest.fixture
def locks() -> LocalLocks:
    return LocalLocks()


class TestLocalQueueContract(QueueContract):
    pass


class TestLocalLocksContract(IndexLocksContract):
    pass


class TestLocalQueue:
    def test_equal_waiting_messages_are_one(self, queue: LocalQueue) -> None:
        inbox = Inbox()
        for _ in range(5):
            queue.send(TASK, {"job_id": "job_1", "index": "shop"})
            queue.send(TASK, {"index": "shop", "job_id": "job_1"}, delay_s=60)
        queue.send(TASK, {"job_id": "last"})
        queue.start({TASK: inbox.handler(TASK), OTHER: inbox.handler(OTHER)})
        assert [ids["job_id"] for _, ids in inbox.wait_for(2)] == ["job_1", "last"]

    def test_an_equal_message_brings_a_delayed_one_forward(self, queue: LocalQueue) -> None:
        inbox = Inbox()
        queue.send(TASK, {"job_id": "job_1"}, delay_s=3600)
        queue.start({TASK: inbox.handler(TASK), OTHER: inbox.handler(OTHER)})
        queue.send(TASK, {"job_id": "job_1"})
        assert inbox.wait_for(1) == [(TASK, {"job_id": "job_1"})]

    def test_a_message_sent_while_its_equal_runs_is_run_again(self, queue: LocalQueue) -> None:
        inbox = Inbox()

        def again(**ids: str) -> None:
            if len(inbox.calls) == 1:
                queue.send(TASK, ids)

        queue.start({TASK: inbox.handler(TASK, also=again), OTHER: inbox.handler(OTHER)})
        queue.send(TASK, {"job_id": "job_1"})
        assert len(inbox.wait_for(2)) == 2

    def test_a_busy_lane_does_not_hold_up_another(self, queue: LocalQueue) -> None:
        inbox, hold = Inbox(), threading.Event()
        busy = inbox.handler(TASK, also=lambda **_: hold.wait(PATIENCE_S) and None)
        queue.start({TASK: busy, OTHER: inbox.handler(OTHER)})
        queue.send(TASK, {"job_id": "slow"})
        inbox.wait_for(1)
        queue.send(OTHER, {"job_id": "quick"})
        assert (OTHER, {"job_id": "quick"}) in inbox.wait_for(2)
        hold.set()

    def test_what_waits_at_the_stop_is_dropped(self, queue: LocalQueue) -> None:
        inbox = Inbox()
        queue.start({TASK: inbox.handler(TASK), OTHER: inbox.handler(OTHER)})
        queue.send(TASK, {"job_id": "later"}, delay_s=3600)
        queue.stop()
        queue.send(TASK, {"job_id": "after"})
        queue.stop()
        assert inbox.calls == []

    def test_a_failed_task_is_logged_with_its_traceback(
        self, queue: LocalQueue, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(**_: str) -> None:
            raise ZeroDivisionError

        inbox = Inbox()
        queue.start({TASK: inbox.handler(TASK, also=fail), OTHER: inbox.handler(OTHER)})
        with caplog.at_level(logging.ERROR):
            queue.send(TASK, {"job_id": "job_1"})
            inbox.wait_for(1)
            queue.stop()
        (record,) = caplog.records
        assert "job_1" in record.getMessage()
        assert record.exc_info is not None
        assert record.exc_info[0] is ZeroDivisionError

    def test_a_periodic_task_runs_again_and_again_though_it_fails(self, queue: LocalQueue) -> None:
        def fail(**_: str) -> None:
            raise ZeroDivisionError

        inbox = Inbox()
        queue.start({TASK: inbox.handler(TASK, also=fail), OTHER: inbox.handler(OTHER)})
        queue.every(0.001, TASK)
        assert inbox.wait_for(3)[:3] == [(TASK, {})] * 3

    def test_a_task_of_no_lane_is_refused(self, queue: LocalQueue) -> None:
        with pytest.raises(ValueError, match="no lane"):
            queue.send("contract.none", {})

    def test_a_task_without_a_handler_is_refused_at_the_start(self, queue: LocalQueue) -> None:
        with pytest.raises(ValueError, match=OTHER):
            queue.start({TASK: print})

    def test_a_lane_without_threads_is_refused(self) -> None:
        with pytest.raises(ValueError, match="one"):
            LocalQueue({TASK: "one"}, threads={"two": 1})

    def test_a_queue_starts_once(self, queue: LocalQueue) -> None:
        queue.start({TASK: print, OTHER: print})
        with pytest.raises(RuntimeError):
            queue.start({TASK: print, OTHER: print})
