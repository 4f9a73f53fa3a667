"""Uploaded query media: never half there, whatever comes in between."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest

from services.core.errors import NotFound
from services.core.media.store import FsspecMediaStore
from services.core.media.stored_pictures import full_key, thumbnail_key
from services.gateway import query_media
from services.ingest import sweep
from tests.contract.memory_index import MemoryIndex
from tests.search.shop import Shop, picture

LONG = timedelta(days=2)


class Interrupted(FsspecMediaStore):
    """Calls `after` behind its first write of a thumbnail."""

    def __init__(self, folder: Path, after: Callable[[], None]) -> None:
        super().__init__(folder.as_uri())
        self._after: Callable[[], None] | None = after

    def put(self, key: str, data: bytes) -> None:
        super().put(key, data)
        after, self._after = self._after, None
        if after is not None:
            after()


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path, MemoryIndex())


def test_a_medium_that_is_sent_again_while_it_is_swept_is_whole(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "media"
    ports = replace(shop.ports, media=FsspecMediaStore(folder.as_uri()))
    query_media.keep(ports, picture("red"))
    shop.now += LONG
    sweeping = Thread(target=lambda: sweep.drop_media(ports, shop.now - LONG))

    def meanwhile() -> None:
        sweeping.start()
        sweeping.join(0.3)  # it waits for us, or else has swept by then

    again = replace(ports, media=Interrupted(folder, meanwhile))
    media = query_media.keep(again, picture("red"))
    sweeping.join()
    assert query_media.find(ports, media.id) == media
    for key in (full_key(media.id), thumbnail_key(media.id)):
        assert ports.media.exists(key)


def test_what_a_crash_left_of_a_medium_goes_when_its_time_is_up(shop: Shop, tmp_path: Path) -> None:
    def crash() -> None:
        raise KeyboardInterrupt

    ports = replace(shop.ports, media=Interrupted(tmp_path / "media", crash))
    with pytest.raises(KeyboardInterrupt):
        query_media.keep(ports, picture("red"))
    assert list(ports.media.keys("")) != []
    shop.now += LONG
    sweep.drop_media(ports, shop.now - LONG)
    assert list(ports.media.keys("")) == []


def test_a_medium_is_gone_when_its_time_is_up(shop: Shop) -> None:
    media = query_media.keep(shop.ports, picture("red"))
    shop.now += LONG
    with pytest.raises(NotFound):
        query_media.find(shop.ports, media.id)
