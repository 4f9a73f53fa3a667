"""Sounds and videos to search with: heard as given, within limits, or refused by field."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest

from services.core.errors import InputError, MediaRefused, TooLarge
from services.core.media.kinds import Kind
from services.core.media.recordings import normalise
from services.core.settings import MediaLimits
from services.core.types.documents import Document
from services.core.types.indexes import Segments, Sound
from services.core.types.vectors import Content, Purpose
from services.search.parts import Part
from tests.contract.hashing_embedder import HashingEmbedder
from tests.contract.sample_media import clip, tone
from tests.search.shop import Senses, Shop, direction, medium, picture

SOUND = tone(440.0)
CLIP = clip("red")
CLEAN = {
    data: normalise(data, kind, MediaLimits()).full
    for kind, data in ((Kind.AUDIO, SOUND), (Kind.VIDEO, CLIP))
}
"""What is left of them for the embedder: our copy."""
ADDRESS = "https://example.com/sound"


@pytest.fixture
def senses() -> Senses:
    return Senses()


@pytest.fixture
def studio(shop: Shop, senses: Senses) -> Shop:
    """A shop with a document that is found by a sound, one by a video, and another."""
    shop.embed_with(senses)
    shop.open()
    heard, seen = senses.embed(
        "hashing", [Content(audio=CLEAN[SOUND]), Content(video=CLEAN[CLIP])], Purpose.INDEX
    )
    senses.given.clear()
    shop.put(Document("bell"), views={"audio:0:0-5000": heard})
    shop.put(Document("film"), views={"video:0:0-5000": seen, "audio:v0:0-5000": direction(4)})
    shop.put(Document("other"), views={"text:0": direction(5)})
    return shop


@pytest.mark.parametrize(
    ("kind", "data", "found"),
    [(Kind.AUDIO, SOUND, "bell"), (Kind.VIDEO, CLIP, "film")],
)
@pytest.mark.parametrize("way", ["bytes", "data URI", "address", "media id"])
def test_every_way_gives_the_same_answer(studio, senses, kind, data, found, way) -> None:
    match way:
        case "bytes":
            part = medium(data, kind=kind)
        case "data URI":
            part = medium(url=uri(kind, data), kind=kind)
        case "address":
            studio.addresses.answers[ADDRESS] = data
            part = medium(url=ADDRESS, kind=kind)
        case "media id":
            stored = studio.store(CLEAN[data], index=None, kind=kind.value, duration_s=1.0)
            part = medium(media_id=stored, kind=kind)
    response = studio.search(part, explain=True)
    assert response.hits[0].id == found
    assert response.hits[0].score == pytest.approx(1, abs=1e-5)
    assert response.hits[0].explain["parts"][0]["kind"] == kind
    assert [getattr(content, kind) for content in senses.given] == [CLEAN[data]]


def test_a_video_is_looked_at_as_those_of_the_index(shop, senses) -> None:
    shop.embed_with(senses)
    shop.open(segments=Segments(frames=7, sound=Sound.SEPARATE))
    shop.search(medium(CLIP, kind=Kind.VIDEO))
    assert senses.given == [Content(video=CLEAN[CLIP], frames=7, sound=False)]


def test_a_sound_and_words_are_averaged_by_weight(studio) -> None:
    studio.put(Document("words", title="bell"))
    parts = ("bell", medium(SOUND, kind=Kind.AUDIO, weight=0.1))
    assert studio.found(*parts)[0] == "words"
    parts = (Part(text="bell", weight=0.1), medium(SOUND, kind=Kind.AUDIO))
    assert studio.found(*parts)[0] == "bell"


def test_a_joint_embedder_still_joins_text_and_picture_beside_a_sound(shop) -> None:
    senses = Senses(joint=True)
    shop.embed_with(senses)
    shop.open()
    red = picture("red")
    shop.search("mug", medium(red), medium(SOUND, kind=Kind.AUDIO))
    assert senses.given == [Content(audio=CLEAN[SOUND]), Content(text="mug", image=red)]


class TestRefused:
    @pytest.mark.parametrize(
        ("kind", "data"),
        [
            (Kind.AUDIO, b"no sound"),
            (Kind.AUDIO, picture("red")),
            (Kind.AUDIO, CLIP),
            (Kind.VIDEO, SOUND),
            (Kind.VIDEO, b"RIFF"),
        ],
    )
    def test_what_is_none_is_refused_with_a_reason_and_its_field(self, studio, kind, data) -> None:
        with pytest.raises(MediaRefused) as refused:
            studio.search(medium(data, kind=kind, field="parts[0].x"))
        assert refused.value.reason
        assert refused.value.fields[0].field == "parts[0].x"

    def test_too_long_a_query_names_its_limit(self, studio) -> None:
        studio.limit_media(max_query_recording_s=0.5)
        with pytest.raises(MediaRefused, match=r"0\.5"):
            studio.search(medium(SOUND, kind=Kind.AUDIO))
        stored = studio.store(SOUND, index=studio.name, kind="audio", duration_s=99.0)
        with pytest.raises(InputError, match=r"99 s; at most 0\.5 s"):
            studio.search(medium(media_id=stored, kind=Kind.AUDIO))

    @pytest.mark.parametrize(
        "refusal",
        [
            InputError.at("contents", "takes 9000 tokens"),
            MediaRefused("takes 9000 tokens", reason="too_many_tokens"),
        ],
    )
    def test_what_the_model_refuses_is_named_as_the_caller_wrote_it(self, shop, refusal) -> None:
        shop.embed_with(Refusing(refusal))
        shop.open()
        with pytest.raises(InputError) as refused:
            shop.search("a bell", medium(CLIP, kind=Kind.VIDEO, field="video"))
        assert [problem.field for problem in refused.value.fields] == ["video"]
        assert refused.value.detail == "video: takes 9000 tokens"

    def test_too_large_a_query_is_refused_before_it_is_opened(self, studio) -> None:
        studio.limit_media(max_audio_bytes=1024)
        with pytest.raises(TooLarge, match="1024"):
            studio.search(medium(bytes(1025), kind=Kind.AUDIO))
        with pytest.raises(MediaRefused):
            studio.search(medium(bytes(1025), kind=Kind.VIDEO))

    def test_the_id_of_another_kind_is_refused(self, studio) -> None:
        stored = studio.store(SOUND, index=None, kind="audio", duration_s=1.0)
        for kind in (Kind.IMAGE, Kind.VIDEO):
            with pytest.raises(InputError, match=f"not of a {kind.noun}"):
                studio.search(medium(media_id=stored, kind=kind))

    def test_an_expired_sound_is_to_be_uploaded_again(self, studio) -> None:
        expires_at = studio.now + timedelta(hours=1)
        stored = studio.store(SOUND, index=None, kind="audio", expires_at=expires_at)
        studio.later(hours=1)
        with pytest.raises(InputError, match="upload the sound again"):
            studio.search(medium(media_id=stored, kind=Kind.AUDIO))


class Refusing(Senses):
    """An embedder whose model takes none of it."""

    def __init__(self, refusal: InputError) -> None:
        super().__init__()
        object.__setattr__(self, "refusal", refusal)

    def embed(self, embedder, contents, purpose, *, dimensions=None):
        raise self.refusal


class Zoo(HashingEmbedder):
    """Several embedders of one deployment: `deaf`, `whole` and one that nobody loaded."""

    def able(self, modality):
        here = (name for name in self.names() if name != "asleep")
        return tuple(name for name in here if modality in self.info(name).modalities)

    def info(self, embedder):
        assert embedder != "asleep", "loaded for a search that it is not for"
        found = super().info(embedder)
        return replace(found, modalities=Senses().modalities) if embedder == "whole" else found


class TestWhatTheEmbedderCannotDo:
    def test_a_refusal_names_the_embedders_that_can(self, shop) -> None:
        shop.embed_with(Zoo(others=("asleep", "deaf", "whole")))
        with pytest.raises(InputError) as refused:
            shop.search("a bell", medium(SOUND, kind=Kind.AUDIO, field="audio"))
        problem = refused.value.fields[0]
        assert problem.field == "audio"
        assert "hashing embeds image, text; whole can" in problem.problem

    def test_or_that_none_can(self, shop) -> None:
        with pytest.raises(InputError, match="no configured embedder can; `margay models list`"):
            shop.search(medium(CLIP, kind=Kind.VIDEO))


def uri(kind: Kind, data: bytes) -> str:
    return f"data:{kind}/x;base64," + base64.b64encode(data).decode()
