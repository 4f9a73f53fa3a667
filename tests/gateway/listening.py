"""An installation whose embedder hears and watches, with an index of recordings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from services.core.media.kinds import Kind
from services.core.media.recordings import normalise
from services.core.telemetry import Metrics
from services.core.types.documents import Document, Recording
from services.core.types.vectors import Content, Purpose
from services.gateway.main import create_app
from services.wiring import Runtime
from tests.contract.hashing_embedder import NAME
from tests.contract.memory_index import MemoryIndex
from tests.contract.sample_media import clip, tone
from tests.gateway.conftest import ADDRESS
from tests.ingest.manual_queue import ManualQueue
from tests.search.shop import Senses, Shop, direction

SOUND, CLIP = tone(440.0), clip("red")
BELL = Document("bell", title="A bell", audio=(Recording("med_" + "a" * 32, 12.0),))
FILM = Document("film", title="A film", video=(Recording("med_" + "b" * 32, 61.5),))


def vector(shop: Shop, kind: Kind, data: bytes) -> Any:
    """The vector of a recording as it comes out of our check."""
    clean = normalise(data, kind, shop.ports.settings.media).full
    content = Content(**{kind.value: clean})
    return shop.ports.embedder.embed(NAME, [content], Purpose.INDEX)[0]


@contextmanager
def listening(
    folder: Path, *, cls: type[Senses] = Senses, **senses: Any
) -> Iterator[tuple[TestClient, Shop]]:
    """A client of it and its shop; `bell` is found by SOUND, `film` by CLIP."""
    shop = Shop(folder, MemoryIndex(), embedder=cls(**senses))
    shop.put(BELL, views={"audio:0:5000-10000": vector(shop, Kind.AUDIO, SOUND)})
    shop.put(
        FILM,
        views={
            "video:0:35000-40000": vector(shop, Kind.VIDEO, CLIP),
            "video:0:40000-45000": direction(5),
            "image:f0:p3": direction(6),
        },
    )
    runtime = Runtime(shop.ports.settings, shop.ports, ManualQueue(), Metrics(), lambda: None)
    with TestClient(create_app(runtime), base_url=ADDRESS) as client:
        yield client, shop
    shop.ports.database.close()
