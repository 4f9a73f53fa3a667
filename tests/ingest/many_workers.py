"""Several workers on one ledger at once, some of which die, stop or come too late."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from services.core.errors import Conflict, Unavailable
from services.core.ports import Database, Ports
from services.core.types.jobs import Item, ItemState
from services.ingest import change, pipeline
from tests.ingest.crashing import Killed, Steps, crashing
from tests.ingest.stopping import after
from tests.ingest.world import World, document

LEASE_S = 1.0
LIMIT_S = 90.0
DEATHS = 3
"""How often each worker dies; all together less than `max_crashes`, so nothing may fail."""
KEEPERS_DIE = "ignore:Exception in thread lease-keeper:pytest.PytestUnhandledThreadExceptionWarning"
"""What pytest is to overlook: a worker that dies takes its keeper with it."""


class Workers:
    """Threads with connections and claims of their own, each a process of one task."""

    def __init__(self, world: World, databases: Sequence[Database]) -> None:
        settings = world.ports.settings
        settings = settings.model_copy(
            update={
                "ingest": settings.ingest.model_copy(update={"lease_s": LEASE_S}),
                "workers": settings.workers.model_copy(update={"max_crashes": 20}),
            }
        )
        world.ports = replace(world.ports, settings=settings, clock=lambda: datetime.now(UTC))
        self.world = world
        self.errors: list[BaseException] = []
        self.died = 0
        self._databases = databases
        self._over = threading.Event()

    def run(self, job_ids: Sequence[str]) -> None:
        """Work until the jobs are over, with a pump and a sweep beside."""
        threads = [
            threading.Thread(target=self._guarded, args=(self._work, number, job_ids))
            for number in range(len(self._databases))
        ]
        threads.append(threading.Thread(target=self._guarded, args=(self._keep_up,)))
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + LIMIT_S
        while not self.errors and not self._all_over(job_ids):
            assert time.monotonic() < deadline, [self.world.job(each) for each in job_ids]
            time.sleep(0.05)
        self._over.set()
        for thread in threads:
            thread.join(LIMIT_S)
        assert self.errors == []

    def _all_over(self, job_ids: Sequence[str]) -> bool:
        return all(self.world.job(each).state.finished for each in job_ids)

    def _guarded(self, work, *args) -> None:  # type: ignore[no-untyped-def]
        try:
            work(*args)
        except BaseException as error:
            self.errors.append(error)
            raise

    def _work(self, number: int, job_ids: Sequence[str]) -> None:
        rng = random.Random(number)
        ports = replace(self.world.ports, database=self._databases[number])
        life = 0
        while not self._over.is_set():
            mine = self._fate(replace(ports, worker=f"w{number}.{life}/"), rng, life=life)
            tasks = [pipeline.prepare_items, pipeline.index_items]
            rng.shuffle(tasks)
            try:
                for task in tasks:
                    task(mine, rng.choice(list(job_ids)))
            except Killed:
                life += 1
                self.died += 1
            self._over.wait(0.01)

    def _fate(self, ports: Ports, rng: random.Random, *, life: int) -> Ports:
        if life < DEATHS and rng.random() < 0.7:
            return crashing(ports, Steps(rng.randrange(3, 30)))
        if rng.random() < 0.3:
            return replace(ports, stopping=after(calls=rng.randrange(8)))
        return ports

    def _keep_up(self) -> None:
        while not self._over.wait(0.1):
            pipeline.send_due(self.world.ports)
            pipeline.sweep_up(self.world.ports)


def jobs_come_through(world: World, databases: Sequence[Database]) -> None:
    """Two jobs with documents in common, one of which is deleted meanwhile."""
    workers = Workers(world, databases)
    first = world.accept(*(document(f"d{n}", f"first {n}") for n in range(40)))
    second = world.accept(
        *(document(f"d{n}", f"second {n}") for n in range(30, 60)), document("gone", "gone")
    )
    deleting = threading.Thread(target=_delete, args=(world, "gone"))
    deleting.start()
    workers.run([first.id, second.id])
    deleting.join()
    assert workers.died > 0
    expected = {f"d{n}": f"first {n}" for n in range(30)}
    assert world.titles() == expected | {f"d{n}": f"second {n}" for n in range(30, 60)}
    for job in (first, second):
        items = world.items(job.id)
        assert len({item.sequence for item in items}) == job.total
        assert _counts(items) == {s: n for s, n in world.job(job.id).counts.items() if n}
        assert set(_counts(items)) <= {ItemState.SUCCEEDED, ItemState.CANCELLED}
        assert {item.claimed_by for item in items} == {None}


def _counts(items: Sequence[Item]) -> dict[ItemState, int]:
    return dict(Counter(item.state for item in items))


def _delete(world: World, document_id: str) -> None:
    time.sleep(0.2)
    with suppress(Conflict, Unavailable):
        change.delete(world.ports, world.index, document_id)
