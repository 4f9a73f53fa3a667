"""Sweeps that take longer than their period do not run beside each other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event, Lock
from typing import Any

from services.core.queue import names
from services.ingest.references import STAGED
from services.wiring.handlers import handlers
from tests.ingest.world import World

WAIT_S = 20


class _SlowMedia:
    """A bucket whose listing takes until it is let go; those of staged bytes are counted."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._guard = Lock()
        self.listings = 0
        self.entered, self.go = Event(), Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def keys(self, prefix: str) -> Iterator[str]:
        with self._guard:
            self.listings += prefix == STAGED
        self.entered.set()
        assert self.go.wait(WAIT_S), "nobody let it go"
        return iter(self._inner.keys(prefix))


def test_a_sweep_ends_at_once_while_another_is_under_way_and_the_next_one_runs(
    world: World,
) -> None:
    media = _SlowMedia(world.ports.media)
    sweep = handlers(replace(world.ports, media=media))[names.SWEEP]
    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(sweep)
        assert media.entered.wait(WAIT_S)
        pool.submit(sweep).result(WAIT_S)
        assert media.listings == 1
        media.go.set()
        long.result(WAIT_S)
    sweep()
    assert media.listings == 2
