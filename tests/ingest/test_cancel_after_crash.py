"""A job that a kill cut short and that is then cancelled leaves vectors and SQL of one version."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest

from services.core.types.vectors import Content, Purpose
from services.ingest import indexes, jobs
from tests.ingest.crashing import Killed, Steps, crashing
from tests.ingest.world import World, document


@pytest.mark.parametrize("last", range(8, 17))
def test_the_vectors_are_those_of_the_stored_version(world: World, last: int) -> None:
    world.ingest(document("a", "red mug"))
    job = world.accept(document("a", "blue sofa"))
    world.start(crashing(world.ports, Steps(last)))
    with contextlib.suppress(Killed):
        world.queue.drain()
    world.crash()
    if not world.job(job.id).state.finished:
        jobs.cancel(world.ports, job.id)
    world.queue.drain()
    with world.ports.database.read() as work:
        index = work.indexes.get(world.index)
        stored = work.documents.get(world.index, "a")
    settings = index.settings
    wanted = world.ports.embedder.embed(
        settings.embedder,
        [Content(text=stored.document.title)],
        Purpose.INDEX,
        dimensions=settings.dimensions,
    )
    held = world.ports.vectors.vectors(index.serving(), stored.views)
    assert np.allclose(held[stored.views[0]], wanted[0], atol=1e-5)
    assert indexes.verify(world.ports, world.index).consistent
