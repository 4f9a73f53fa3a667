"""A runtime around one model whose passes a test holds, and callers on threads of their own."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic, sleep

import pytest

from services.core.types.vectors import Content, Purpose
from services.embedder.lane import Limit
from services.embedder.runtime import EmbedderRuntime
from services.embedder.scheduler import Scheduling
from tests.embedder.listed import WAIT_S, Listed


class Bench:
    """A runtime around one held model, and callers on threads of their own."""

    def __init__(self, model: Listed, **bounds: object) -> None:
        self.model = model
        usual: dict[str, object] = {"limit": Limit(contents=8, tokens=10_000), "max_wait_s": 0.0}
        scheduling = Scheduling(**(usual | bounds))
        self.runtime = EmbedderRuntime(["listed"], lambda name: model, scheduling=scheduling)
        self.runtime.check()
        self._pool = ThreadPoolExecutor(32)

    def call(self, *texts: str, purpose: Purpose = Purpose.QUERY, **more: float) -> Future:
        contents = [Content(text=text) for text in texts]
        return self.call_with(contents, purpose=purpose, **more)

    def call_with(
        self, contents: Sequence[Content], *, purpose: Purpose = Purpose.QUERY, **more: float
    ) -> Future:
        return self._pool.submit(self.runtime.embed, "listed", contents, purpose, **more)

    def hold_a_pass(self, *, purpose: Purpose = Purpose.QUERY) -> Future:
        """Put a call into the forward pass and keep it there."""
        self.model.hold()
        held = self.call("held", purpose=purpose)
        assert self.model.entered.acquire(timeout=WAIT_S)
        return held

    def until(self, fact: Callable[[], bool]) -> None:
        """Wait for something that other threads bring about."""
        end = monotonic() + WAIT_S
        while not fact():
            assert monotonic() < end, "it never came true"
            sleep(0.001)

    def until_waiting(self, *, queries: int = 0, ingestion: int = 0) -> None:
        def reached() -> bool:
            stats = self.runtime.stats()[0]
            return (stats.waiting_queries, stats.waiting_ingestion) == (queries, ingestion)

        self.until(reached)

    def close(self) -> None:
        self.model.release()
        self.runtime.close()
        self._pool.shutdown()


@pytest.fixture
def bench():
    made: list[Bench] = []

    def make(model: Listed | None = None, **bounds: object) -> Bench:
        made.append(Bench(model or Listed(), **bounds))
        return made[-1]

    yield make
    for each in made:
        each.close()
