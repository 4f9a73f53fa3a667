"""Several workers and a gateway at once on one catalog in PostgreSQL lose and double nothing."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.core.errors import Conflict, NotFound
from services.core.index.milvus import MilvusIndex
from services.core.types.jobs import JobState
from services.ingest import accept, change, indexes, jobs, pipeline
from tests.ingest.conftest import vectors
from tests.ingest.world import World, document, picture
from tests.integration.test_flows_on_postgres import close, opened
from tests.servers.fixtures import migrated_postgres_url, postgres_server_url, postgres_template

__all__ = ["migrated_postgres_url", "postgres_server_url", "postgres_template", "vectors"]

pytestmark = pytest.mark.stack

WORKERS = 3
NAMES = [f"d{number}" for number in range(12)]


class Workers:
    """Threads with stores and locks of their own, that bring on whatever is unfinished."""

    def __init__(self, worlds: list[World]) -> None:
        self.errors: list[BaseException] = []
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(each,)) for each in worlds]

    def __enter__(self) -> Workers:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _work(self, world: World) -> None:
        try:
            while not self._end.is_set():
                with world.ports.database.read() as work:
                    unfinished = [job.id for job in work.jobs.unfinished()]
                random.shuffle(unfinished)
                for job_id in unfinished:
                    pipeline.prepare_items(world.ports, job_id)
                    pipeline.index_items(world.ports, job_id)
                self._end.wait(0.01)
        except BaseException as error:  # noqa: BLE001 - the test's own thread looks at it
            self.errors.append(error)


@pytest.fixture
def worlds(
    tmp_path: Path, vectors: MilvusIndex, migrated_postgres_url: str
) -> Iterator[list[World]]:
    """A gateway's and the workers': one catalog, one media folder, one vector store."""
    made = []
    for _ in range(1 + WORKERS):
        world = opened(migrated_postgres_url, tmp_path, vectors, name="busy", batch=3)
        world.ports = replace(world.ports, clock=lambda: datetime.now(UTC))
        made.append(world)
    made[0].make_index()
    yield made
    indexes.delete(made[0].ports, "busy")
    for world in made:
        close(world)


@pytest.mark.thorough
def test_what_was_acknowledged_last_stands(worlds: list[World]) -> None:
    gateway, *others = worlds
    chance = random.Random(7)
    expected: dict[str, str] = {}
    sent: list[str] = []
    with Workers(others) as workers:
        for round in range(40):
            name = chance.choice(NAMES)
            if chance.random() < 0.6:
                some = chance.sample(NAMES, 4)
                titles = {each: f"{each} {round}" for each in some}
                sent.append(send(gateway, titles))
                expected |= titles
            elif chance.random() < 0.5:
                with suppress(NotFound):
                    change.delete(gateway.ports, "busy", name)
                expected.pop(name, None)
            else:
                with suppress(NotFound, Conflict):
                    change.patch(gateway.ports, "busy", name, {"attributes": {"price": round}})
        wait_for(gateway, sent, workers)
    assert workers.errors == []
    pipeline.sweep_up(gateway.ports)
    assert gateway.titles() == expected


def test_a_job_cancelled_meanwhile_ends_and_keeps_what_it_wrote(worlds: list[World]) -> None:
    gateway, *others = worlds
    sent = []
    with Workers(others) as workers:
        for round in range(12):
            sent.append(send(gateway, {f"{each}-{round}": "A thing" for each in NAMES}))
            with suppress(Conflict):
                jobs.cancel(gateway.ports, sent[round // 2])
        wait_for(gateway, sent, workers)
    assert workers.errors == []
    done = 0
    for job_id in sent:
        items = gateway.items(job_id)
        job = gateway.job(job_id)
        assert all(item.state.finished for item in items)
        assert {state: count for state, count in job.counts.items() if count} == {
            state: sum(item.state is state for item in items)
            for state in {item.state for item in items}
        }
        done += sum(item.state == "succeeded" for item in items)
        assert job.state in (JobState.SUCCEEDED, JobState.CANCELLED)
    pipeline.sweep_up(gateway.ports)
    assert len(gateway.titles()) == done


def send(world: World, titles: dict[str, str]) -> str:
    documents = [document(name, title, images=["file:p"]) for name, title in titles.items()]
    colour = random.choice(["red", "green", "blue"])
    return accept.accept(world.ports, "busy", documents, files={"p": picture(colour)}).id


def wait_for(world: World, sent: list[str], workers: Workers) -> None:
    ended = threading.Event()
    for _ in range(3000):
        if workers.errors or all(world.job(job_id).state.finished for job_id in sent):
            return
        ended.wait(0.02)
    raise AssertionError([world.job(job_id).counts for job_id in sent])
