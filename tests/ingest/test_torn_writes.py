"""A write that reached the vectors and not SQL, and whose item then ends: the sweep mends it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from services.core.errors import Unavailable
from services.core.types.indexes import Collection
from services.core.types.jobs import ItemState, Job
from services.core.types.vectors import Content, Purpose
from services.ingest import change, indexes, jobs, rebuild
from tests.ingest.crashing import Killed, Steps, crashing
from tests.ingest.world import World, document, picture


class _NoCommits:
    """A database that goes away once vectors were written."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.away = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    @contextmanager
    def work(self) -> Iterator[Any]:
        if self.away:
            raise Unavailable("the database is away")
        with self._inner.work() as work:
            yield work


class _Vectors:
    """The vectors; after a write of documents the database is away."""

    def __init__(self, inner: Any, database: _NoCommits) -> None:
        self._inner = inner
        self._database = database

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def upsert(self, *arguments: Any, **more: Any) -> None:
        self._inner.upsert(*arguments, **more)
        self._database.away = True


def torn(world: World, *documents: dict[str, Any], **files: bytes) -> Job:
    """Accept a job of which only the vectors are written before SQL fails."""
    job = world.accept(*documents, **files)
    database = _NoCommits(world.ports.database)
    vectors = _Vectors(world.ports.vectors, database)
    world.start(replace(world.ports, database=database, vectors=vectors))
    world.queue.drain()
    world.queue.stop()
    world.start()
    assert world.job(job.id).counts[ItemState.PREPARED] == len(documents)
    return job


def vectors_are_of_what_is_stored(world: World, document_id: str = "a") -> bool:
    with world.ports.database.read() as work:
        index = work.indexes.get(world.index)
        stored = work.documents.get(world.index, document_id)
    return all(_equal(world, each, stored.views, stored.document) for each in index.written())


def _equal(world: World, collection: Collection, views: Any, stored: Any) -> bool:
    wanted = world.ports.embedder.embed(
        collection.settings.embedder,
        [Content(text=stored.title)],
        Purpose.INDEX,
        dimensions=collection.settings.dimensions,
    )
    held = world.ports.vectors.vectors(collection, views)
    return any(np.allclose(each, wanted[0], atol=1e-5) for each in held.values())


def test_a_cancelled_job_leaves_the_stored_version_to_be_found(world: World) -> None:
    world.ingest(document("a", "red mug"), document("b", "green lamp"))
    job = torn(world, document("a", "blue sofa"), document("b", "black bed"))
    assert not vectors_are_of_what_is_stored(world)
    jobs.cancel(world.ports, job.id)
    world.sweep()
    assert world.titles() == {"a": "red mug", "b": "green lamp"}
    assert vectors_are_of_what_is_stored(world, "a")
    assert vectors_are_of_what_is_stored(world, "b")


def test_rows_that_only_the_cancelled_version_had_are_gone(world: World) -> None:
    world.ingest(document("a", "red mug"))
    new = document("a", "red mug", images=["file:one", "file:two"])
    job = torn(world, new, one=picture("red"), two=picture("blue"))
    jobs.cancel(world.ports, job.id)
    world.sweep()
    assert world.titles() == {"a": "red mug"}
    assert vectors_are_of_what_is_stored(world)


@pytest.mark.parametrize("last", range(8, 18))
def test_a_worker_of_a_stack_may_die_at_any_step_before_its_job_is_cancelled(
    world: World, last: int
) -> None:
    world.ingest(document("a", "red mug"))
    job = world.accept(document("a", "blue sofa"))
    world.start(crashing(world.ports, Steps(last)))
    with contextlib.suppress(Killed):
        world.queue.drain()
    world.queue.stop()
    world.start()
    if not world.job(job.id).state.finished:
        jobs.cancel(world.ports, job.id)
    world.sweep()
    assert vectors_are_of_what_is_stored(world)
    assert indexes.verify(world.ports, world.index).consistent


def test_a_write_that_goes_through_after_all_needs_no_mending(world: World) -> None:
    world.ingest(document("a", "red mug"))
    torn(world, document("a", "blue sofa"))
    world.sweep()  # it is still to be done: not the old version again
    assert not vectors_are_of_what_is_stored(world)
    world.later(minutes=10)
    world.sweep()
    world.queue.drain()
    assert world.titles() == {"a": "blue sofa"}
    assert vectors_are_of_what_is_stored(world)
    with world.ports.database.read() as work:
        assert work.torn.ids(world.index, limit=10) == []


def test_what_was_deleted_since_is_not_written_again(world: World) -> None:
    world.ingest(document("a", "red mug"), document("b", "green lamp"))
    job = torn(world, document("a", "blue sofa"))
    jobs.cancel(world.ports, job.id)
    change.delete(world.ports, world.index, "a")
    world.sweep()
    assert world.titles() == {"b": "green lamp"}
    with world.ports.database.read() as work:
        assert work.torn.ids(world.index, limit=10) == []


def test_a_patch_of_the_stored_version_survives_the_mending(world: World) -> None:
    world.ingest(document("a", "red mug", attributes={"price": 1}))
    job = torn(world, document("a", "blue sofa", attributes={"price": 9}))
    jobs.cancel(world.ports, job.id)
    change.patch(world.ports, world.index, "a", {"attributes": {"price": 2}})
    world.sweep()
    assert world.stored("a").document.attributes == {"price": 2}
    assert world.titles() == {"a": "red mug"}
    assert vectors_are_of_what_is_stored(world)


def test_the_collection_that_is_being_built_is_mended_too(world: World) -> None:
    world.ingest(document("a", "red mug"))
    rebuild.start(world.ports, world.index)
    world.queue.stop()
    job = torn(world, document("a", "blue sofa"))
    jobs.cancel(world.ports, job.id)
    world.sweep()
    assert vectors_are_of_what_is_stored(world)


def test_an_embedder_that_is_away_is_waited_for(world: World) -> None:
    world.ingest(document("a", "red mug"))
    job = torn(world, document("a", "blue sofa"))
    jobs.cancel(world.ports, job.id)
    embedder = world.ports.embedder
    world.embed_with(_Away())
    world.sweep()
    world.embed_with(embedder)
    assert not vectors_are_of_what_is_stored(world)
    world.sweep()
    assert vectors_are_of_what_is_stored(world)


class _Away:
    def __getattr__(self, name: str) -> Any:
        raise Unavailable("the embedder is away")


def test_embedding_goes_on_beside_writers_and_leaves_what_they_wrote(world: World) -> None:
    world.ingest(document("a", "red mug"))
    job = torn(world, document("a", "blue sofa"))
    jobs.cancel(world.ports, job.id)

    class Meanwhile:
        """Another write of the document is finished while this embedder works."""

        def __init__(self) -> None:
            self.inner = world.ports.embedder

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

        def embed(self, *arguments: Any, **more: Any) -> Any:
            found = self.inner.embed(*arguments, **more)
            world.embed_with(self.inner)
            world.ingest(document("a", "white cup"))
            return found

    world.embed_with(Meanwhile())
    world.sweep()
    assert world.titles() == {"a": "white cup"}
    assert vectors_are_of_what_is_stored(world)
