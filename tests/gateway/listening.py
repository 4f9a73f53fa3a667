"""An installation whose embedder hears and watches, with an index of recordings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from services.core.media.kinds import Kind
from services.core.media.recordings import normalise
from services.core.media.stored_media import page_key
from services.core.media.stored_pictures import thumbnail_key
from services.core.settings import Settings, Stores
from services.core.types.documents import Document, PagedFile, Recording
from services.core.types.vectors import Content, Purpose
from services.gateway.main import create_app
from services.wiring import open_runtime
from tests.contract.hashing_embedder import NAME
from tests.contract.memory_index import MemoryIndex
from tests.contract.sample_media import tone
from tests.gateway.conftest import ADDRESS, picture
from tests.models.recordings import film
from tests.search.shop import Senses, Shop, direction

SOUND = tone(440.0, seconds=3.0)
CLIP = film(seconds=3.0, format="webm", sound=False)


@contextmanager
def listening(
    folder: Path, *, cls: type[Senses] = Senses, **senses: Any
) -> Iterator[tuple[TestClient, Shop]]:
    """A client of it and its shop; `bell` is found by SOUND, `film` by CLIP, `paper` by words."""
    shop = Shop(folder / "shop", MemoryIndex(), embedder=cls(**senses))
    sound, heard = _kept(shop, Kind.AUDIO, SOUND)
    video, seen = _kept(shop, Kind.VIDEO, CLIP)
    shop.put(
        Document("bell", title="A bell", audio=(Recording(sound, 3.0),)),
        views={"audio:0:500-1500": heard},
    )
    shop.put(
        Document("film", title="A film", video=(Recording(video, 3.0),)),
        views={"video:0:1000-2000": seen, "video:0:2000-3000": direction(5)},
    )
    paper = shop.store(
        b"%PDF-1.7", index=shop.name, kind="file", content_type="application/pdf", pages=3
    )
    shop.ports.media.put(page_key(paper, 3), picture("white", format="JPEG"))
    shop.put(
        Document("paper", title="A paper", files=(PagedFile(paper, 3),)),
        views={"image:f0:p3": shop.vector("paper")},
    )
    opened = open_runtime(Settings(stores=Stores(data_dir=folder / "runtime")))
    runtime = replace(opened, settings=shop.ports.settings, ports=shop.ports)
    with TestClient(create_app(runtime), base_url=ADDRESS) as client:
        yield client, shop
    opened.close()
    shop.ports.database.close()


def _kept(shop: Shop, kind: Kind, data: bytes) -> tuple[str, Any]:
    """Store a recording as ingestion does; its media id and the vector of the whole of it."""
    made = normalise(data, kind, shop.ports.settings.media)
    media_id = shop.store(
        made.full,
        index=shop.name,
        kind=kind.value,
        content_type=made.content_type,
        duration_s=made.duration_s,
    )
    shop.ports.media.put(thumbnail_key(media_id), made.thumbnail)
    content = Content(audio=made.full) if kind is Kind.AUDIO else Content(video=made.full)
    return media_id, shop.ports.embedder.embed(NAME, [content], Purpose.INDEX)[0]
