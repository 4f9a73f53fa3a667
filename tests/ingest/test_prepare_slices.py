"""A batch whose media take long makes way between its documents, and always comes on."""

from dataclasses import replace

import pytest

from services.core.errors import FetchFailed
from services.core.queue import names
from services.core.types.jobs import ItemState
from services.ingest import pipeline
from tests.ingest.world import Addresses, World, document, picture


class _Slow(Addresses):
    """Addresses of which each takes a whole slice."""

    over = False

    def fetch(
        self, url: str, *, max_bytes: int | None = None, timeout_s: float | None = None
    ) -> bytes:
        self.over = True
        return super().fetch(url, max_bytes=max_bytes, timeout_s=timeout_s)


@pytest.fixture
def slow(world: World) -> _Slow:
    """One thread prepares, in slices."""
    made = _Slow()
    ingest = world.ports.settings.ingest.model_copy(update={"prepare_threads": 1})
    settings = world.ports.settings.model_copy(update={"ingest": ingest})
    world.ports = replace(world.ports, fetcher=made, settings=settings, yielding=lambda: made.over)
    world.start()
    return made


def prepare(world: World, slow: _Slow, job_id: str) -> None:
    """One slice."""
    slow.over = False
    pipeline.handlers(world.ports)[names.INGEST_PREPARE](job_id=job_id)


def urls(name: str, count: int) -> list[str]:
    return [f"https://slow.example/{name}/{number}.png" for number in range(count)]


def test_each_slice_finishes_a_document_and_gives_back_the_rest(world: World, slow: _Slow) -> None:
    wanted = {name: urls(name, 2) for name in "abc"}
    slow.answers = {url: picture() for each in wanted.values() for url in each}
    job = world.accept(*[document(name, images=each) for name, each in wanted.items()])
    for done in (1, 2, 3):
        prepare(world, slow, job.id)
        assert world.job(job.id).counts[ItemState.PREPARED] == done
        left = [item for item in world.items(job.id) if item.state is ItemState.QUEUED]
        assert [(item.claimed_by, item.crashes, item.attempts) for item in left] == (
            [(None, 0, 0)] * (3 - done)
        )
    assert len(slow.asked) == 6


def test_a_host_that_does_not_answer_keeps_nobody_else_waiting_for_ever(
    world: World, slow: _Slow
) -> None:
    slow.answers = {url: FetchFailed("silent") for url in urls("a", 3)}
    slow.answers |= {url: picture() for url in urls("b", 2)}
    job = world.accept(document("a", images=urls("a", 3)), document("b", images=urls("b", 2)))
    prepare(world, slow, job.id)
    prepare(world, slow, job.id)
    states = {item.document_id: (item.state, item.attempts) for item in world.items(job.id)}
    assert states == {"a": (ItemState.QUEUED, 1), "b": (ItemState.PREPARED, 0)}
