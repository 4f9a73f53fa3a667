"""Sounds and videos come out as the same sound and pictures, and as nothing else."""

from __future__ import annotations

import io
import random
import resource
import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from models.film import frames
from models.sound import decode
from services.core.errors import MediaRefused
from services.core.media.kinds import Kind
from services.core.media.recordings import NormalisedRecording, normalise
from services.core.media.sample_counts import claimed
from services.core.settings import MediaLimits
from tests.models.recordings import film, sound, turned

LIMITS = MediaLimits()
TYPES = {
    "wav": "audio/wav", "ogg": "audio/ogg", "mp3": "audio/mpeg", "mp4": "audio/mp4",
    "webm": "audio/webm",
}  # fmt: skip


def reason(data: bytes, kind: Kind, limits: MediaLimits = LIMITS) -> str:
    with pytest.raises(MediaRefused) as caught:
        normalise(data, kind, limits)
    return caught.value.reason


def colour(jpeg: bytes) -> tuple[int, ...]:
    """The colour in the middle."""
    with Image.open(io.BytesIO(jpeg)) as image:
        return image.convert("RGB").getpixel((image.width // 2, image.height // 2))


def private(data: bytes) -> bytes:
    """The same film with a title and a place in its container."""
    target = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(target, "w", format="mp4") as made:
        made.metadata.update({"title": "At home", "location": "+52.5200+013.4050/"})
        to = {each.index: made.add_stream_from_template(each) for each in source.streams}
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = to[packet.stream.index]
                made.mux(packet)
    return target.getvalue()


@pytest.mark.parametrize("format", TYPES)
def test_a_sound_keeps_its_samples_and_tells_its_length(format: str) -> None:
    data = sound(2.0, 880.0, format)
    made = normalise(data, Kind.AUDIO, LIMITS)
    assert made.content_type == TYPES[format]
    assert made.duration_s == made.sound_s == pytest.approx(2.0, abs=0.05)
    assert (made.width, made.height) == (0, 0)
    before, after = (decode(each, rate=16_000, end_s=1.9) for each in (data, made.full))
    np.testing.assert_allclose(after, before, atol=1e-6)
    assert normalise(data, Kind.AUDIO, LIMITS) == made


def dark_beginning() -> bytes:
    """Two seconds of black, then one of blue, with nothing else in the picture."""
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as made:
        stream = made.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.gop_size = 10
        for number in range(30):
            picture = Image.new("RGB", (64, 48), "black" if number < 20 else "blue")
            made.mux(stream.encode(av.VideoFrame.from_image(picture)))
        made.mux(stream.encode(None))
    return target.getvalue()


def test_the_poster_of_a_video_with_a_dark_beginning_is_not_black() -> None:
    red, green, blue = colour(normalise(dark_beginning(), Kind.VIDEO, LIMITS).thumbnail)
    assert blue > 200
    assert max(red, green) < 60


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_a_video_keeps_its_pictures(format: str) -> None:
    data = film(3.0, format=format)
    made = normalise(data, Kind.VIDEO, LIMITS)
    assert (made.width, made.height) == (64, 48)
    assert made.duration_s == pytest.approx(3.0, abs=0.01)
    assert made.sound_s == pytest.approx(3.0, abs=0.05)
    before, after = (frames(each, count=3) for each in (data, made.full))
    assert [one.tobytes() for one in after] == [one.tobytes() for one in before]


def test_a_video_without_sound_says_so() -> None:
    assert normalise(film(1.0, sound=False), Kind.VIDEO, LIMITS).sound_s == 0


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_a_picture_that_stands_still_in_the_middle_does_not_lengthen_the_video(
    format: str,
) -> None:
    made = normalise(film(4.0, gap_s=20.0, sound=False, format=format), Kind.VIDEO, LIMITS)
    assert made.duration_s == pytest.approx(24.0, abs=0.2)
    assert frames(made.full, count=1, start_s=made.duration_s - 0.5, end_s=made.duration_s)


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_every_stretch_of_what_is_kept_can_be_heard(format: str) -> None:
    data = film(8.0, sound_begins_s=7.1, sound_s=2.9, format=format)
    made = normalise(data, Kind.VIDEO, LIMITS)
    assert made.sound_s == pytest.approx(10.0, abs=0.1)
    loud = [
        np.abs(decode(made.full, rate=8_000, start_s=start, end_s=start + 1)).max() > 0.4
        for start in range(10)
    ]
    assert loud == [False] * 7 + [True] * 3


def test_a_click_beside_pictures_is_no_sound() -> None:
    made = normalise(film(2.0, sound_s=0.001, format="webm"), Kind.VIDEO, LIMITS)
    assert (made.duration_s, made.sound_s) == (pytest.approx(2.0, abs=0.1), 0.0)


@pytest.mark.parametrize("format", ["mp4", "webm"])
def test_a_clock_that_does_not_begin_at_zero_cuts_nothing_off(format: str) -> None:
    data = film(4.0, begins_s=7.0, sound_begins_s=7.0, format=format)
    assert normalise(data, Kind.VIDEO, LIMITS).duration_s == pytest.approx(4.0, abs=0.1)


def test_a_video_that_was_filmed_sideways_stands_upright() -> None:
    made = normalise(turned(film(1.0), (0, 1, -1, 0)), Kind.VIDEO, LIMITS)
    assert (made.width, made.height) == (48, 64)
    (upright,) = frames(turned(film(1.0), (0, 1, -1, 0)), count=1, end_s=0.1)
    with Image.open(io.BytesIO(made.thumbnail)) as poster:
        assert poster.size == upright.size
        difference = np.asarray(poster.convert("RGB"), dtype=int) - np.asarray(upright, dtype=int)
        assert np.abs(difference).mean() < 12


def test_titles_and_places_stay_behind_and_the_index_comes_first() -> None:
    data = private(film(1.0))
    assert b"At home" in data
    made = normalise(data, Kind.VIDEO, LIMITS)
    for secret in (b"At home", b"+52.52"):
        assert secret not in made.full
    assert 0 < made.full.index(b"moov") < made.full.index(b"mdat")


def test_a_quicktime_film_becomes_mp4_and_matroska_webm() -> None:
    def wrapped(data: bytes, format: str) -> bytes:
        target = io.BytesIO()
        with av.open(io.BytesIO(data)) as source, av.open(target, "w", format=format) as made:
            to = {each.index: made.add_stream_from_template(each) for each in source.streams}
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = to[packet.stream.index]
                    made.mux(packet)
        return target.getvalue()

    assert normalise(wrapped(film(1.0), "mov"), Kind.VIDEO, LIMITS).content_type == "video/mp4"
    webm = wrapped(film(1.0, format="webm"), "matroska")
    assert normalise(webm, Kind.VIDEO, LIMITS).content_type == "video/webm"
    # The codecs decide: this one is no WebM, but browsers play it as MP4.
    h264 = wrapped(film(1.0), "matroska")
    assert normalise(h264, Kind.VIDEO, LIMITS).content_type == "video/mp4"


def test_the_wrong_kind_is_refused_by_what_it_is() -> None:
    for data, kind, named in (
        (sound(1.0), Kind.VIDEO, "a sound"),
        (film(1.0), Kind.AUDIO, "a video"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), Kind.AUDIO, "PNG"),
        (b"%PDF-1.7", Kind.VIDEO, "PDF"),
        (b"RIFF\x00\x00\x00\x00AVI " + bytes(99), Kind.VIDEO, "something else"),
    ):
        with pytest.raises(MediaRefused, match=named) as caught:
            normalise(data, kind, LIMITS)
        assert caught.value.reason == "unsupported_type"


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"max_video_bytes": 2048}, "too_many_bytes"),
        ({"max_recording_s": 1.0}, "too_long"),
        ({"max_streams": 1}, "too_many_streams"),
        ({"max_image_pixels": 1000}, "too_many_pixels"),
    ],
)
def test_every_limit_is_kept_and_named(limits: dict[str, float], expected: str) -> None:
    tight = LIMITS.model_copy(update=limits)
    with pytest.raises(MediaRefused) as caught:
        normalise(film(2.0), Kind.VIDEO, tight)
    assert caught.value.reason == expected
    assert str(int(next(iter(limits.values())))) in caught.value.detail


def test_a_sound_that_is_longer_than_its_header_says_is_too_long() -> None:
    assert reason(sound(3.0, format="mp3"), Kind.AUDIO, MediaLimits(max_recording_s=2.0)) == (
        "too_long"
    )


def test_a_codec_that_no_container_of_ours_holds_is_refused() -> None:
    target = io.BytesIO()
    with av.open(target, "w", format="mov") as made:
        stream = made.add_stream("pcm_s16be", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), "s16", "mono")
        frame.sample_rate, frame.time_base = 8000, Fraction(1, 8000)
        for packet in (*stream.encode(frame), *stream.encode(None)):
            made.mux(packet)
    assert reason(target.getvalue(), Kind.AUDIO) == "unsupported_codec"


def test_a_small_file_that_claims_millions_of_samples_is_refused_unopened() -> None:
    data = bytearray(film(1.0, sound=False))
    table, chunks, times = (data.index(name) for name in (b"stsz", b"stsc", b"stts"))
    struct.pack_into(">II", data, table + 8, 1, 100_000_000)
    struct.pack_into(">I", data, chunks + 16, 100_000_000)
    struct.pack_into(">II", data, times + 12, 100_000_000, 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert reason(bytes(data), Kind.VIDEO) == "too_many_packets"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB


def test_names_of_tables_inside_the_media_are_only_bytes() -> None:
    data = film(1.0, sound=False)
    tail = b"stsz" + b"\xff" * 40
    more = struct.pack(">I4s", 8 + len(tail), b"mdat") + tail
    assert claimed(data) == claimed(data + more) == 10
    assert claimed(data + struct.pack(">I4s", 8 + len(tail), b"moof") + tail) > 2**31


def test_nothing_is_an_empty_file() -> None:
    assert reason(b"", Kind.AUDIO) == "empty_file"


def test_a_film_that_breaks_off_is_refused() -> None:
    data = film(8.0, format="webm")
    assert reason(data[: len(data) // 2], Kind.VIDEO) == "truncated"
    data = film(8.0)
    assert reason(data[: len(data) // 2], Kind.VIDEO) == "corrupt_recording"


BROKEN = {
    ("audio", format): sound(0.4, format=format) for format in ("wav", "ogg", "mp3", "mp4")
} | {("video", format): film(0.4, format=format) for format in ("mp4", "webm")}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(BROKEN)), st.integers(0, 2**32))
def test_no_damage_gets_beyond_a_refusal(which: tuple[str, str], seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(BROKEN[which])
    for _ in range(chance.randint(1, 40)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    if chance.random() < 0.3:
        del data[chance.randrange(len(data)) :]
    try:
        made = normalise(bytes(data), Kind(which[0]), LIMITS)
    except MediaRefused:
        return
    assert isinstance(made, NormalisedRecording)
    assert made.full
    assert made.thumbnail.startswith(b"\xff\xd8")
