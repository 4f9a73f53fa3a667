"""What a sweep cannot do while a server is away keeps it from nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from services.core.errors import Unavailable
from services.core.queue import names
from services.wiring.handlers import handlers
from tests.ingest.world import World


class AwayMedia:
    """A bucket that cannot be listed."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def keys(self, prefix: str) -> Iterator[str]:
        raise Unavailable(f"no answer about {prefix}")


def test_click_rates_are_learned_while_the_media_store_is_away(world: World) -> None:
    media = AwayMedia(world.ports.media)
    handlers(replace(world.ports, media=media))[names.SWEEP]()
    assert (names.INSIGHT_LEARN, {"index": world.index}) in world.queue.waiting
