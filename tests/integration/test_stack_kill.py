"""`kill -9` of any part of a stack loses no document, doubles none, and searches come back."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path
from typing import Final

import pytest
import redis

from tests.integration.stack_traffic import Catalogue, Feed, Searches
from tests.servers.processes import ProcessServer
from tests.servers.stack import COMMANDS, Stack

pytestmark = [pytest.mark.stack, pytest.mark.slow]
BATCHES = 6
MEANWHILE: Final = {
    "gateway": {"ok", "unreachable"},
    "ingest-worker": {"ok"},
    "beat": {"ok"},
    "embedder": {"ok", "degraded"},
    "redis": {"ok", "degraded"},
    "postgres": {"ok", "unavailable"},
    "milvus": {"ok", "degraded"},
}
"""What searches may come to while a part is away: nothing but this, and never a 500."""
ALWAYS: Final = ("redis",)
"""Parts whose loss every run of the tests looks at."""
PARTS: Final = [
    pytest.param(name, marks=[] if name in ALWAYS else pytest.mark.thorough) for name in MEANWHILE
]


@pytest.mark.parametrize("name", PARTS)
def test_a_part_killed_in_the_middle_of_an_ingest_costs_no_document(
    stack: Stack, name: str
) -> None:
    catalogue = Catalogue(stack, f"kill-{name}")
    rng = random.Random(name)
    with Searches(catalogue) as searches, Feed(catalogue, batches=BATCHES):
        searches.see(3)
        time.sleep(rng.uniform(0, 0.5))
        with stack.without(name):
            searches.see(6)
        searches.recover()
    assert set(searches.outcomes) <= MEANWHILE[name], searches.outcomes
    catalogue.check()
    assert stack.ready()


def test_a_child_of_the_ingest_worker_killed_in_its_task_costs_no_document(stack: Stack) -> None:
    catalogue = Catalogue(stack, "kill-child")
    revived = stack.revived["ingest-worker"]
    with Searches(catalogue) as searches, Feed(catalogue, batches=BATCHES):
        for _ in range(3):
            searches.see(4)
            for pid in children(stack.processes["ingest-worker"]):
                os.kill(pid, signal.SIGKILL)
    assert set(searches.outcomes) == {"ok"}
    assert stack.revived["ingest-worker"] == revived, "its children died, it did not"
    catalogue.check()


@pytest.mark.thorough
def test_the_parent_of_the_ingest_worker_killed_alone_costs_no_document(stack: Stack) -> None:
    catalogue = Catalogue(stack, "kill-parent")
    worker = stack.processes["ingest-worker"]
    with Feed(catalogue, batches=BATCHES), Searches(catalogue) as searches:
        orphans = children(worker)
        revived = stack.revived["ingest-worker"]
        os.kill(worker.pid, signal.SIGKILL)
        stack.wait_until(lambda: stack.revived["ingest-worker"] > revived, what="it is revived")
        searches.see(3)
    catalogue.check()
    stack.wait_until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans),
        what="processes of a pool end with their parent",
    )


@pytest.mark.thorough
def test_a_broker_that_forgot_everything_costs_no_document(stack: Stack) -> None:
    catalogue = Catalogue(stack, "kill-memory")
    with (
        redis.Redis.from_url(stack.servers["redis"].url) as broker,
        Searches(catalogue) as searches,
        Feed(catalogue, batches=BATCHES),
    ):
        for _ in range(3):
            searches.see(4)
            broker.flushall()
        searches.recover()
    assert set(searches.outcomes) <= {"ok", "degraded"}, searches.outcomes
    catalogue.check()


def test_everything_killed_at_once_comes_back_with_every_document(stack: Stack) -> None:
    catalogue = Catalogue(stack, "kill-all")
    everything = [*stack.processes, *stack.servers]
    with Searches(catalogue) as searches, Feed(catalogue, batches=BATCHES):
        searches.see(3)
        for name in everything:
            stack.kill(name)
        for name in reversed(everything):
            stack.bring_back(name)
        searches.recover()
    catalogue.check()


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["redis", "postgres", "milvus"])
def test_a_frozen_server_makes_nobody_hang_and_costs_no_document(stack: Stack, name: str) -> None:
    catalogue = Catalogue(stack, f"freeze-{name}")
    server = stack.servers[name]
    with Searches(catalogue) as searches, Feed(catalogue, batches=BATCHES):
        searches.see(3)
        server.pause()
        try:
            searches.see(3)
        finally:
            server.resume()
        searches.recover()
    assert set(searches.outcomes) <= MEANWHILE[name], searches.outcomes
    catalogue.check()


@pytest.mark.thorough
def test_a_stack_that_is_stopped_in_the_middle_goes_on_where_it_was(stack: Stack) -> None:
    catalogue = Catalogue(stack, "stop-all")
    with Feed(catalogue, batches=BATCHES):
        for name in COMMANDS:
            stack.stop(name)
        for name in COMMANDS:
            stack.bring_back(name)
    catalogue.check()


def children(process: ProcessServer) -> list[int]:
    """The processes that a prefork pool works with."""
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text("ascii")
    return [int(pid) for pid in listed.split()]
