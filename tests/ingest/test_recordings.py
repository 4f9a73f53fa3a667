"""Sounds, videos and PDFs become views that say when and where, and go as they came."""

import base64
import json

import numpy as np
import pytest

from services.core.errors import InputError
from services.core.types.indexes import Segments, Sound
from services.core.types.jobs import JobState
from services.core.types.vectors import Content, Modality, Purpose
from services.ingest import change, indexes, rebuild, references
from tests.contract.hashing_embedder import HashingEmbedder
from tests.core.media.pdfs import pdf
from tests.ingest.world import ATTRIBUTES, World, document, picture
from tests.models.recordings import film, sound

EVERYTHING = frozenset({Modality.TEXT, Modality.IMAGE, Modality.AUDIO, Modality.VIDEO})
SHORT = Segments(length_s=1.0)


def uri(data: bytes, type: str) -> str:
    return f"data:{type};base64," + base64.b64encode(data).decode()


@pytest.fixture
def studio(world: World) -> World:
    """A world whose index takes everything, in segments of a second."""
    world.embed_with(HashingEmbedder(modalities=EVERYTHING))
    indexes.delete(world.ports, world.index)
    make(world)
    return world


def make(world: World, segments: Segments = SHORT) -> None:
    indexes.create(world.ports, world.index, attributes=ATTRIBUTES, segments=segments)


def nearest(world: World, content: Content, modality: Modality) -> list[str]:
    """View ids of one modality, the most similar first."""
    with world.ports.database.read() as work:
        serving = work.indexes.get(world.index).serving()
    vector = world.ports.embedder.embed("hashing", [content], Purpose.QUERY)[0]
    hits = world.ports.vectors.search(serving, vector, modalities=[modality], limit=5)
    return [hit.view_id for hit in hits]


def test_a_sound_is_found_by_the_moment(studio: World) -> None:
    job = studio.ingest(
        document("talk", audio=["file:low"]),
        {"id": "song", "audio": [uri(sound(2.0, 1760.0, "mp3"), "audio/mpeg")]},
        low=sound(2.5, 220.0),
    )
    assert job.state is JobState.SUCCEEDED, studio.reasons(job.id)
    assert set(studio.stored("talk").views) == {
        "talk:text:0", "talk:audio:0:0-1000", "talk:audio:0:1000-2500",
    }  # fmt: skip
    (recording,) = studio.stored("talk").document.audio
    assert (recording.duration_s, recording.sound) == (2.5, True)
    found = nearest(studio, Content(audio=sound(1.0, 1760.0)), Modality.AUDIO)
    assert {view.split(":")[0] for view in found[:2]} == {"song"}
    assert studio.titles() == {"talk": "A thing", "song": ""}


def test_a_video_is_found_by_what_is_seen_and_its_sound_by_what_is_heard(studio: World) -> None:
    studio.ingest(document("clip", video=["file:v"]), v=film(4.0, colours=("red", "blue")))
    views = set(studio.stored("clip").views)
    assert {f"clip:video:0:{1000 * n}-{1000 * n + 1000}" for n in range(4)} <= views
    assert {f"clip:audio:v0:{1000 * n}-{1000 * n + 1000}" for n in range(3)} <= views
    red = film(1.0, colours=("red",), sound=False)
    assert set(nearest(studio, Content(video=red), Modality.VIDEO)[:2]) == {
        "clip:video:0:0-1000", "clip:video:0:1000-2000",
    }  # fmt: skip


def test_a_video_with_sound_is_one_vector_where_the_embedder_hears_it(world: World) -> None:
    world.embed_with(HashingEmbedder(modalities=EVERYTHING, hears_video=True))
    indexes.delete(world.ports, world.index)
    make(world)
    world.ingest(document("clip", video=["file:v"]), v=film(2.0))
    assert not any(":audio:" in view for view in world.stored("clip").views)
    rebuild.start(world.ports, world.index, segments=Segments(length_s=1.0, sound=Sound.SEPARATE))
    world.queue.drain()
    assert "clip:audio:v0:0-1000" in world.stored("clip").views
    assert world.titles() == {"clip": "A thing"}


def test_a_sound_track_shorter_than_the_pictures_has_no_views_behind_its_end(
    studio: World,
) -> None:
    studio.ingest(document("clip", video=["file:v"]), v=film(3.0, sound=False))
    assert not any(":audio:" in view for view in studio.stored("clip").views)
    assert studio.stored("clip").document.video[0].sound is False


def test_pages_of_a_pdf_are_pictures_and_words(studio: World) -> None:
    studio.ingest(
        document("manual", files=["file:m"]), document("other"), m=pdf("Zirconium valve", "")
    )
    assert set(studio.stored("manual").views) == {
        "manual:text:0", "manual:image:f0:p1", "manual:image:f0:p2", "manual:text:f0:p1",
    }  # fmt: skip
    assert nearest(studio, Content(text="zirconium valve"), Modality.TEXT)[0] == "manual:text:f0:p1"
    with studio.ports.database.read() as work:
        serving = work.indexes.get(studio.index).serving()
    hits = studio.ports.vectors.search_text(serving, "zirconium", limit=3)
    assert [hit.document_id for hit in hits] == ["manual"]
    change.patch(studio.ports, studio.index, "manual", {"attributes": {"price": 2}})
    again = studio.ports.vectors.search_text(serving, "zirconium", limit=3)
    assert [hit.document_id for hit in again] == ["manual"]


def test_views_of_media_that_a_document_no_longer_has_are_gone(studio: World) -> None:
    everything = {
        "a": sound(3.0, format="ogg"), "v": film(2.0, format="webm"), "p": pdf("One", "Two"),
    }  # fmt: skip
    studio.ingest(document("x", audio=["file:a"], video=["file:v"], files=["file:p"]), **everything)
    assert len(studio.stored("x").views) > 9
    studio.ingest(document("x", "Words"))
    assert studio.stored("x").views == ("x:text:0",)
    assert studio.titles() == {"x": "Words"}


def test_deleting_takes_every_view_along(studio: World) -> None:
    studio.ingest(document("x", audio=["file:a"]), document("y"), a=sound(4.0))
    change.delete(studio.ports, studio.index, "x")
    assert studio.titles() == {"y": "A thing"}


def test_a_rebuild_with_other_segments_cuts_anew(studio: World) -> None:
    studio.ingest(document("x", audio=["file:a"]), a=sound(4.0))
    rebuild.start(studio.ports, studio.index, segments=Segments(length_s=2.0))
    studio.queue.drain()
    assert set(studio.stored("x").views) == {
        "x:text:0", "x:audio:0:0-2000", "x:audio:0:2000-4000",
    }  # fmt: skip
    assert studio.titles() == {"x": "A thing"}


def test_a_medium_of_the_wrong_kind_is_refused_by_what_it_is(studio: World) -> None:
    job = studio.ingest(
        document("a", audio=["file:film"]),
        document("b", video=["file:tone"]),
        document("c", images=["file:manual"]),
        document("d", files=["file:picture"]),
        film=film(1.0), tone=sound(1.0), manual=pdf("x"), picture=picture(),
    )  # fmt: skip
    assert set(studio.reasons(job.id).values()) == {"unsupported_type"}
    details = {item.document_id: item.error.detail for item in studio.items(job.id) if item.error}
    assert "a video" in details["a"]
    assert "a sound" in details["b"]
    assert "PDF" in details["c"]
    assert "PNG" in details["d"]


def test_a_stored_sound_is_referred_to_by_its_id_and_as_nothing_else(studio: World) -> None:
    studio.ingest(document("a", audio=["file:s"]), s=sound(1.0))
    (recording,) = studio.stored("a").document.audio
    job = studio.ingest(
        document("b", audio=[recording.reference]), document("c", images=[recording.reference])
    )
    assert studio.stored("b").document.audio == (recording,)
    assert studio.reasons(job.id) == {"c": "unsupported_type"}


def test_what_no_view_can_be_made_of_names_the_embedders_that_could(world: World) -> None:
    class Two(HashingEmbedder):
        def info(self, embedder):
            assert embedder != "hearing", "loaded for an answer that its card has"
            return super().info(embedder)

        def able(self, modality):
            both = self.names() if modality in self.modalities else ("hearing",)
            return both if modality in EVERYTHING else ()

    world.embed_with(Two(others=("hearing",)))
    job = world.ingest({"id": "a", "audio": ["file:s"]}, s=sound(1.0))
    (item,) = world.items(job.id)
    assert item.error is not None
    assert item.error.code == "nothing_to_embed"
    assert "these could: hearing" in item.error.detail


def test_a_document_needs_words_or_a_medium(studio: World) -> None:
    with pytest.raises(InputError, match="a title, a description, or a medium"):
        studio.accept({"id": "a", "audio": []})
    with pytest.raises(InputError) as caught:
        studio.accept({"id": "a", "audio": [uri(b"x", "image/png")]})
    assert caught.value.fields[0].field == "documents[0].audio[0]"


@pytest.mark.parametrize(
    ("segments", "field"),
    [
        (Segments(length_s=0.5), "segments.length_s"),
        (Segments(length_s=31), "segments.length_s"),
        (Segments(overlap_s=4.5), "segments.overlap_s"),
        (Segments(overlap_s=-1), "segments.overlap_s"),
        (Segments(frames=0), "segments.frames"),
        (Segments(length_s=float("nan")), "segments.length_s"),
    ],
)
def test_segments_out_of_bounds_are_refused_by_name(world: World, segments, field) -> None:
    with pytest.raises(InputError) as caught:
        indexes.create(world.ports, "another", segments=segments)
    assert caught.value.fields[0].field == field


def test_media_and_all_that_belongs_to_them_are_swept_when_nobody_holds_them(
    studio: World,
) -> None:
    studio.ingest(
        document("x", audio=["file:a"], files=["file:p"]), a=sound(1.0), p=pdf("One", "Two")
    )
    assert len(studio.keys("media/")) == 2 + 2 + 3
    assert studio.keys(references.STAGED) == []
    studio.later(days=3)
    studio.sweep()
    assert len(studio.keys("media/")) == 7
    studio.ingest(document("x"))
    studio.later(days=3)
    studio.sweep()
    assert studio.keys("media/") == []


def test_a_folder_is_read_by_content(studio: World) -> None:
    (studio.imports / "shelf").mkdir()
    for name, data in {
        "tone.bin": sound(1.0), "film": film(1.0), "manual.txt": pdf("Valve"),
        "photo.mp3": picture(), "notes.md": b"# no medium",
    }.items():  # fmt: skip
        (studio.imports / "shelf" / name).write_bytes(data)
    from services.ingest import accept

    job = accept.accept_import(studio.ports, studio.index, {"type": "folder", "path": "shelf"})
    studio.queue.drain()
    assert studio.job(job.id).total == 4
    assert studio.reasons(job.id) == {}
    kinds = {
        title: [name for name in ("images", "audio", "video", "files") if getattr(found, name)]
        for found in (one.document for one in indexes.all_documents(studio.ports, studio.index))
        for title in [found.title]
    }
    assert kinds == {
        "tone": ["audio"], "film": ["video"], "manual": ["files"], "photo": ["images"],
    }  # fmt: skip


def test_rows_of_a_table_name_recordings_like_pictures(studio: World) -> None:
    (studio.imports / "s.wav").write_bytes(sound(1.0))
    (studio.imports / "rows.csv").write_text("id,clip\na,s.wav\n")
    (studio.imports / "rows.jsonl").write_text(json.dumps({"id": "b", "audio": ["path:s.wav"]}))
    from services.ingest import accept

    for source in (
        {"type": "csv", "path": "rows.csv", "mapping": {"id": "id", "audio": "clip"}},
        {"type": "jsonl", "path": "rows.jsonl"},
    ):
        accept.accept_import(studio.ports, studio.index, source)
    studio.queue.drain()
    assert studio.stored("a").document.audio == studio.stored("b").document.audio != ()


def test_equal_stretches_are_embedded_once(studio: World) -> None:
    seen: list[Content] = []

    class Counting(HashingEmbedder):
        def embed(self, embedder, contents, purpose, *, dimensions=None):
            seen.extend(contents)
            return super().embed(embedder, contents, purpose, dimensions=dimensions)

    studio.embed_with(Counting(modalities=EVERYTHING))
    same = sound(2.0)
    studio.ingest({"id": "a", "audio": ["file:s"]}, {"id": "b", "audio": ["file:s"]}, s=same)
    assert [(one.start_s, one.end_s) for one in seen] == [(0.0, 1.0), (1.0, 2.0)]
    np.testing.assert_equal(seen[0].audio is seen[1].audio, True)
