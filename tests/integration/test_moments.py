"""Recordings and papers that were ingested are found by the moment and by the page."""

from collections.abc import Iterator
from typing import Any

import pytest

from services.core.index.milvus import MilvusIndex
from services.core.media.kinds import Kind
from services.core.types.indexes import Segments
from services.core.types.jobs import JobState
from services.ingest import change, indexes
from services.search import pipeline
from services.search.hits import Hit
from services.search.parts import Medium, Part
from services.search.request import GroupBy, SearchRequest, Target
from tests.contract.hashing_embedder import HashingEmbedder
from tests.core.media.pdfs import pdf
from tests.ingest.world import World, document
from tests.models.recordings import film, sound

EVERYTHING = frozenset({"text", "image", "audio", "video"})


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An index of segments of a second, with a song, a film with a sound track and a manual."""
    folder = tmp_path_factory.mktemp("moments")
    vectors = MilvusIndex(str(folder / "vectors.db"))
    made = World(folder / "world", vectors, name="studio")
    made.embed_with(HashingEmbedder(modalities=EVERYTHING))
    indexes.create(made.ports, "studio", segments=Segments(length_s=1.0))
    job = made.ingest(
        document("song", "Song", audio=["file:song"]),
        document("film", "Film", video=["file:film"]),
        document("manual", "Manual", files=["file:manual"]),
        song=sound(2.0, 1760.0),
        film=film(4.0, colours=("red", "blue")),
        manual=pdf("Unpacking", "Zirconium valve"),
    )
    assert job.state is JobState.SUCCEEDED, made.reasons(job.id)
    yield made
    made.ports.database.close()
    vectors.close()


def search(world: World, *parts: Part, **how: Any) -> tuple[Hit, ...]:
    return pipeline.search(SearchRequest("studio", parts, **how), ports=world.ports).hits


def heard(data: bytes) -> Part:
    return Part(medium=Medium(Kind.AUDIO, data=data))


def seen(data: bytes) -> Part:
    return Part(medium=Medium(Kind.VIDEO, data=data))


@pytest.mark.parametrize(("colour", "within"), [("red", (0.0, 2.0)), ("blue", (2.0, 4.0))])
def test_a_clip_finds_the_moment_that_looks_like_it(
    studio: World, colour: str, within: tuple[float, float]
) -> None:
    best = search(studio, seen(film(1.0, colours=(colour,), sound=False)))[0]
    assert (best.id, best.matched.modality) == ("film", "video")
    assert within[0] <= best.matched.start_s < best.matched.end_s <= within[1]
    assert best.matched.media_id == best.document.document.video[0].reference


def test_every_moment_is_a_hit_when_views_are_asked_for(studio: World) -> None:
    hits = search(studio, Part(text="x"), target=Target.VIDEO, group_by=GroupBy.VIEW)
    moments = {(hit.matched.start_s, hit.matched.end_s) for hit in hits}
    assert moments == {(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (3.0, 4.0)}


def test_a_sound_finds_the_sound_and_the_track_that_sound_like_it(studio: World) -> None:
    assert search(studio, heard(sound(1.0, 1760.0)))[0].id == "song"
    track = search(studio, heard(sound(1.0, 440.0)))[0]
    assert (track.id, track.matched.modality) == ("film", "audio")
    assert track.matched.view_id.startswith("film:audio:v0:")
    assert track.matched.media_id == track.document.document.video[0].reference


def test_words_find_the_page_that_holds_them(studio: World) -> None:
    best = search(studio, Part(text="zirconium valve"), target=Target.TEXT)[0]
    assert (best.id, best.matched.page) == ("manual", 2)
    assert best.matched.media_id == best.document.document.files[0].reference


def test_a_deleted_recording_is_found_no_more(studio: World) -> None:
    studio.ingest(document("gone", audio=["file:a"]), a=sound(1.0, 3520.0))
    high = heard(sound(1.0, 3520.0))
    assert search(studio, high)[0].id == "gone"
    change.delete(studio.ports, "studio", "gone")
    assert "gone" not in {hit.id for hit in search(studio, high)}
