"""A process that is told to stop ends its tasks behind what is committed; the next one goes on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.core.types.jobs import JobState
from services.ingest import indexes, pipeline, rebuild
from tests.ingest.stopping import after
from tests.ingest.world import World


def restart(world: World) -> None:
    world.queue.stop()
    world.start()
    pipeline.resume(world.ports)
    world.queue.drain()


@pytest.mark.parametrize("calls", range(8))
def test_a_stopped_ingest_goes_on_after_the_next_start(world: World, calls: int) -> None:
    job = world.accept(*({"id": f"d{n}", "title": f"thing {n}"} for n in range(20)))
    world.start(replace(world.ports, stopping=after(calls=calls)))
    world.queue.drain()
    assert not world.job(job.id).state.finished
    restart(world)
    assert world.job(job.id).state is JobState.SUCCEEDED
    assert indexes.verify(world.ports, world.index).consistent
    assert indexes.stats(world.ports, world.index)[0] == 20


@pytest.mark.parametrize("calls", range(3))
def test_a_stopped_rebuild_goes_on_after_the_next_start(world: World, calls: int) -> None:
    world.ingest(*({"id": f"d{n}", "title": f"thing {n}"} for n in range(20)))
    job = rebuild.start(world.ports, world.index)
    world.start(replace(world.ports, stopping=after(calls=calls)))
    world.queue.drain()
    assert not world.job(job.id).state.finished
    restart(world)
    assert world.job(job.id).state is JobState.SUCCEEDED
    assert indexes.verify(world.ports, world.index).consistent
