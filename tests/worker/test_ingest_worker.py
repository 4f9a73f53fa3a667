"""An ingest worker on a real Redis: real processes, killed with real signals."""

from __future__ import annotations

import json
import os
import signal
import time

import pytest

from services.core.queue import names
from tests.servers import Server
from tests.worker.conftest import PATIENCE_S, World

pytestmark = [pytest.mark.stack, pytest.mark.slow]

PREPARE = names.INGEST_PREPARE


def _job(name: str) -> dict[str, str]:
    return {"job_id": name}


def test_tasks_run_in_other_processes_that_close_what_they_opened(world: World) -> None:
    worker = world.start("ingest")
    for number in range(6):
        world.queue.send(PREPARE, _job(f"job_{number}"))
    world.wait_for(*(f"ended {PREPARE} job_{number}" for number in range(6)))
    assert world.pid_of(f"ended {PREPARE} job_0") != worker.pid
    assert world.end(worker) == 0
    assert world.notes("closed") == ["closed", "closed"]
    assert world.alive("ingest") == []
    assert not (world.folder / "ingest.alive").exists()


def test_a_message_whose_process_was_killed_is_run_by_another(world: World) -> None:
    world.start("ingest")
    world.queue.send(PREPARE, _job("wait-1"))
    world.wait_for(f"begun {PREPARE} wait-1")
    os.kill(world.pid_of(f"begun {PREPARE} wait-1"), signal.SIGKILL)
    world.wait(lambda: world.notes("begun") == [f"begun {PREPARE} wait-1"] * 2)
    world.let_go_on()
    world.wait_for(f"ended {PREPARE} wait-1")


def test_a_task_that_kills_its_process_takes_no_other_with_it(world: World) -> None:
    world.start("ingest")
    world.queue.send(PREPARE, _job("wait-1"))
    world.wait_for(f"begun {PREPARE} wait-1")
    world.queue.send(PREPARE, _job("crash-once"))
    world.wait_for(f"begun {PREPARE} crash-once")
    world.redis.delete(names.INGEST)  # it comes back each time; the ledger would fail its item
    world.let_go_on()
    world.wait_for(f"ended {PREPARE} wait-1")
    assert world.notes("begun").count(f"begun {PREPARE} wait-1") == 1


def test_asked_to_end_it_gives_back_what_it_does_not_finish(world: World) -> None:
    worker = world.start("ingest")
    world.queue.send(PREPARE, _job("long-1"))
    world.wait_for(f"begun {PREPARE} long-1")
    assert world.end(worker) == 0
    assert world.queue.waiting(names.INGEST) == 1, "sent again for others"
    assert world.redis.hlen("unacked") == 0, "and the one in hand was acknowledged"


@pytest.mark.thorough
def test_a_signal_to_the_whole_group_lets_the_task_finish_too(world: World) -> None:
    worker = world.start("ingest")
    world.queue.send(PREPARE, _job("long-1"))
    world.wait_for(f"begun {PREPARE} long-1")
    os.kill(world.pid_of(f"begun {PREPARE} long-1"), signal.SIGTERM)
    assert world.end(worker) == 0
    assert world.notes("ended") == [f"ended {PREPARE} long-1"]


@pytest.mark.thorough
def test_asked_twice_it_ends_at_once_with_all_its_processes(world: World) -> None:
    worker = world.start("ingest")
    world.queue.send(PREPARE, _job("wait-1"))
    world.wait_for(f"begun {PREPARE} wait-1")
    worker.send_signal(signal.SIGTERM)
    world.wait(lambda: world.alive("ingest") == [])
    world.wait(lambda: _asked_again(worker) is not None)
    assert worker.wait() == 1
    world.wait(lambda: not _runs(world.pid_of(f"begun {PREPARE} wait-1")))


def test_its_processes_die_with_it(world: World) -> None:
    worker = world.start("ingest")
    world.queue.send(PREPARE, _job("wait-1"))
    world.wait_for(f"begun {PREPARE} wait-1")
    worker.kill()
    world.wait(lambda: not _runs(world.pid_of(f"begun {PREPARE} wait-1")))
    world.wait(lambda: world.alive("ingest") == [])


@pytest.mark.thorough
def test_a_slice_that_is_over_is_sent_again_until_nothing_is_left(world: World) -> None:
    world.start("ingest")
    world.queue.send(PREPARE, _job("slices-1"))
    world.wait(lambda: len(world.notes("begun")) >= 3)
    world.let_go_on()
    world.wait(lambda: world.redis.llen(names.INGEST) == 0 == world.redis.hlen("unacked"))
    assert world.notes("begun").count(f"begun {PREPARE} slices-1") == len(world.notes("ended"))


def test_upkeep_goes_before_the_jobs_that_wait(world: World) -> None:
    for number in range(8):
        world.queue.send(PREPARE, _job(f"job_{number}"))
    world.queue.send(names.DUE, {})
    world.start("ingest")
    world.wait_for(f"ended {names.DUE} none")
    assert f"begun {names.DUE} none" in world.notes("begun")[:3]


@pytest.mark.thorough
def test_what_is_no_message_or_none_of_ours_does_not_end_the_worker(world: World) -> None:
    worker = world.start("ingest")
    for rubbish in ("no JSON", "[1]", '{"a": 1}', '{"body": "!", "headers": 5}', b"\xff\xfe"):
        world.redis.lpush(names.INGEST, rubbish)
    send = world.app.send_task
    send("no.such.task", kwargs={"job_id": "x"}, queue=names.INGEST, ignore_result=True)
    send(PREPARE, args=["job_1"], ignore_result=True)
    send(PREPARE, kwargs={"job_id": {"$ne": 1}}, ignore_result=True)
    send(PREPARE, kwargs={"job_id": "x" * 1000}, ignore_result=True)
    send(PREPARE, kwargs={"job_id": "x", "index": "y"}, ignore_result=True)
    send(PREPARE, kwargs={"job_id": "x"}, serializer="yaml", ignore_result=True)
    world.queue.send(PREPARE, _job("job_1"))
    world.wait_for(f"ended {PREPARE} job_1")
    world.wait(lambda: world.redis.hlen("unacked") == 0)
    assert world.notes("begun") == [f"begun {PREPARE} job_1"]
    assert worker.poll() is None


@pytest.mark.thorough
def test_settings_that_cannot_be_opened_end_it_instead_of_swallowing_messages(
    world: World,
) -> None:
    worker = world.start("ingest", ready=False, REFUSED="yes")
    assert worker.wait(PATIENCE_S) == 1
    assert "these settings do not fit together" in world.log()
    assert world.alive("ingest") == []


@pytest.mark.thorough
def test_it_waits_for_a_broker_that_is_down_and_comes_back_to_it(
    world: World, server: Server
) -> None:
    server.kill()
    worker = world.start("ingest", ready=False)
    world.wait(lambda: "Cannot connect" in world.log())
    server.start()
    world.wait(lambda: world.alive("ingest") == [worker.pid])
    world.queue.send(PREPARE, _job("wait-1"))
    world.wait_for(f"begun {PREPARE} wait-1")
    server.stop()
    world.wait(lambda: "heart.unheard" in world.log())
    alive = world.folder / "ingest.alive"
    alive.unlink()
    server.start()
    world.wait(lambda: world.alive("ingest") == [worker.pid] and alive.exists())
    world.let_go_on()
    world.wait_for(f"ended {PREPARE} wait-1")
    world.queue.send(PREPARE, _job("job_1"))
    world.wait_for(f"ended {PREPARE} job_1")
    assert world.end(worker) == 0


def test_tasks_that_end_while_the_broker_is_down_do_not_keep_their_places(
    world: World, server: Server
) -> None:
    worker = world.start("ingest")
    for name in ("wait-1", "wait-2"):  # as many as it has processes
        world.queue.send(PREPARE, _job(name))
    world.wait_for(f"begun {PREPARE} wait-1", f"begun {PREPARE} wait-2")
    server.kill()
    world.let_go_on()
    world.wait(lambda: "Couldn't ack" in world.log())
    server.start()
    world.wait(lambda: world.alive("ingest") == [worker.pid])
    world.queue.send(PREPARE, _job("job_1"))
    world.wait_for(f"ended {PREPARE} job_1")


def test_logs_are_lines_of_json_without_the_brokers_password(world: World, server: Server) -> None:
    worker = world.start("ingest")
    world.app.send_task("no.such.task", queue=names.INGEST, ignore_result=True)
    server.kill()
    world.wait(lambda: "Cannot connect" in world.log())
    server.start()
    assert world.end(worker) == 0
    password = world.url.partition("://:")[2].partition("@")[0]
    assert password
    assert password not in world.log()
    lines = [line for line in world.log().splitlines() if line.startswith("{")]
    assert {"area", "event", "level", "time"} <= set(json.loads(lines[-1]))


def _asked_again(worker: object) -> int | None:
    worker.send_signal(signal.SIGTERM)  # type: ignore[attr-defined]
    time.sleep(0.3)
    return worker.poll()  # type: ignore[attr-defined]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
