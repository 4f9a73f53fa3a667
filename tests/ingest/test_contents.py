"""Media are loaded once where they are used side by side, and never too many at a time."""

from collections.abc import Iterator

import pytest

from services.core.media.store import FsspecMediaStore
from services.core.types.documents import Document, Recording
from services.core.types.indexes import Segments
from services.core.types.vectors import Content, EmbedderInfo
from services.ingest import contents, views
from services.ingest.outcome import ItemFailed
from services.ingest.views import Part

INFO = EmbedderInfo(
    name="all", fingerprint="f", modalities=frozenset({"text", "image", "audio", "video"}),
    joint=False, dimensions=(8,), max_text_tokens=8, licence="", summary="",
)  # fmt: skip


class Counted(FsspecMediaStore):
    """Remembers what was read."""

    def __init__(self) -> None:
        super().__init__("memory://contents")
        self.read: list[str] = []

    def get(self, key: str) -> bytes:
        self.read.append(key)
        return super().get(key)


@pytest.fixture
def store() -> Iterator[Counted]:
    made = Counted()
    yield made
    for key in list(made.keys("")):
        made.delete(key)


def held(batch: list[tuple[Part, Content]]) -> int:
    """Bytes of the distinct media in a batch."""
    media = {id(data): len(data) for _, one in batch for data in (one.image, one.video) if data}
    return sum(media.values())


def test_a_recording_is_loaded_once_for_all_its_stretches(store: Counted) -> None:
    store.put("media/full/v", b"video")
    document = Document("a", video=(Recording("v", 300.0, False),))
    parts = [
        part for view in views.of(document, INFO, Segments(length_s=1.0)) for part in view.parts
    ]
    assert len(parts) == 300
    batches = list(contents.batches(store, parts))
    assert [one.start_s for batch in batches for _, one in batch] == [float(n) for n in range(300)]
    assert store.read == ["media/full/v"]
    assert max(len(batch) for batch in batches) <= 32


def test_large_media_are_held_a_few_at_a_time(
    store: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "BATCH_BYTES", 1000)
    for number in range(9):
        store.put(f"media/full/{number}", bytes(400))
    store.put("media/full/huge", bytes(5000))
    keys = [*map(str, range(5)), "huge", *map(str, range(5, 9))]
    parts = [Part(image=f"media/full/{key}") for key in keys]
    batches = list(contents.batches(store, parts))
    assert [part for batch in batches for part, _ in batch] == parts
    assert [held(batch) for batch in batches] == [800, 800, 400, 5000, 800, 800]
    assert sorted(store.read) == sorted(f"media/full/{key}" for key in keys)


def test_a_medium_that_is_gone_fails_by_reason(store: Counted) -> None:
    with pytest.raises(ItemFailed) as caught:
        list(contents.batches(store, [Part(image="media/full/gone")]))
    assert caught.value.error.code == "media_gone"
